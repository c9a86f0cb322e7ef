import { boolean, string } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { readSnapshotFiles } from '../runtime/spec/snapshot-files.js';
import { DEFAULT_PATH } from '../runtime/spec/environment.js';
import { type FoundShell, findShell } from '../runtime/toolbox/find-shell.js';
import { findBusybox } from '../runtime/toolbox/host-tools.js';
import { prepareToolbox, toolboxMounts } from '../runtime/toolbox/prepare-toolbox.js';
import { APPLETS_TARGET, withToolbox } from '../runtime/toolbox/tool-mounts.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container-place.js';
import { createFromFlags, endOf } from './container-run.js';
import type { Context } from './context.js';
import { type OpenedSnapshot, openSnapshot } from './open.js';
import { SANDBOX_FLAGS } from './run-flags.js';
import type { ContainerFlagValues } from './run-request.js';
import { shellTargetArgument } from './shell-target.js';

/** What to start, and what has to be brought along for it. */
interface ChosenShell {
  readonly words: readonly string[];
  readonly flags: Pick<ContainerFlagValues, 'env' | 'tools'>;
  readonly said: string;
}

export default class Shell extends StrataCommand {
  static override readonly enableJsonFlag = false;
  static override readonly summary = 'Open a shell in a snapshot of an image, or in a container.';
  static override readonly description = `The best shell inside: SHELL of the image, the user's of /etc/passwd, bash, zsh, ash, sh or busybox. Where there is
none, busybox of this machine is brought along: it is mounted read-only below /dev/.strata, in nothing that is committed.
What is changed in a snapshot is thrown away, unless --keep or --name is given. Without a terminal the shell reads a script
from standard input.`;
  static override readonly examples = [
    {
      description: 'Look around after layer 3',
      command: '<%= config.bin %> <%= command.id %> demo.tar@3 -c "ls -l /app"',
    },
    {
      description: 'Tools of this machine where the image has none',
      command: '<%= config.bin %> <%= command.id %> --toolbox -u 0 demo.tar -c "which vi && ls /"',
    },
    {
      description: 'A script, and what it changed',
      command:
        'echo "touch /new" | <%= config.bin %> <%= command.id %> -u 0 --name tried demo.tar && <%= config.bin %> changes tried',
    },
  ];
  static override readonly args = { target: shellTargetArgument() };
  static override readonly flags = {
    command: string({ char: 'c', helpValue: 'COMMAND', summary: 'Run this and end, as sh -c does.' }),
    toolbox: boolean({
      default: false,
      summary: 'Use busybox of this machine, also where there is a shell.',
    }),
    keep: boolean({ default: false, summary: 'Keep the container with what is changed in it.' }),
    name: string({ summary: 'Name of the container, which is then kept.' }),
    ...SANDBOX_FLAGS,
  };

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Shell);
    const opened = await openSnapshot(context, args.target);
    try {
      this.settleBriefly(opened.anomalies, args.target);
      if (opened.n === 0) fail('E_USAGE', 'opening a shell: the image has no layers');
      const shell = await chooseShell(context, opened, flags);
      const keep = flags.keep || flags.name !== undefined;
      const container = await createFromFlags(context, opened, {
        asked: args.target,
        flags: {
          ...flags,
          ...shell.flags,
          entrypoint: '',
          interactive: true,
          tty: process.stdin.isTTY && process.stdout.isTTY,
          rm: !keep,
        },
        command: [...shell.words, ...(flags.command === undefined ? [] : ['-c', flags.command])],
      });
      const kept = container.created.record.name;
      context.log.info(
        keep
          ? `${shell.said}; changes are kept in container ${kept}`
          : `${shell.said}; changes are thrown away (--keep keeps them)`,
      );
      this.releaseInterrupts();
      this.endWith(await endOf(container));
      if (keep)
        context.log.info(`strata changes ${kept} lists them, strata commit ${kept} NEWREF makes an image`);
    } finally {
      await opened.close();
    }
  }
}

async function chooseShell(
  context: Context,
  { image, union, n }: OpenedSnapshot,
  flags: ContainerFlagValues & { readonly toolbox: boolean },
): Promise<ChosenShell> {
  const options = { limits: context.limits, signal: context.signal };
  const { execution } = image.config;
  let found: FoundShell | undefined;
  if (!flags.toolbox) {
    const files = await readSnapshotFiles(union, n, image.layers, options);
    const snapshot = { union, n, layers: image.layers, files };
    found = await findShell(snapshot, execution, { ...options, user: flags.user });
  }
  if (found !== undefined) {
    const why = found.why === undefined ? '' : `, ${found.why}`;
    return { words: found.words, flags: {}, said: `${found.words.join(' ')}${why}` };
  }
  const { run } = await containerPlace(context);
  const toolbox = await prepareToolbox(run, findBusybox());
  const given = [...execution.env, ...(flags.env ?? [])];
  const path = given.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  return {
    words: [`${APPLETS_TARGET}/sh`],
    flags: {
      env: [...(flags.env ?? []), `PATH=${withToolbox(path ?? DEFAULT_PATH)}`],
      tools: toolboxMounts(toolbox),
    },
    said: `${flags.toolbox ? '' : 'no shell inside: '}busybox of this machine, ${toolbox.busybox}`,
  };
}
