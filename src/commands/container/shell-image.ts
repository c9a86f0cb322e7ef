import { findShell, pathVariable } from '../../runtime/toolbox/find-shell.js';
import { findBusybox } from '../../runtime/toolbox/host-tools.js';
import { prepareToolbox, toolboxMounts } from '../../runtime/toolbox/prepare-toolbox.js';
import { snapshotPrograms } from '../../runtime/toolbox/snapshot-programs.js';
import { APPLETS_TARGET, withToolbox } from '../../runtime/toolbox/tool-mounts.js';
import { containerPlace } from './place.js';
import { createFromFlags, endOf } from './run.js';
import type { Context } from '../program/context.js';
import type { OpenedSnapshot } from '../image/open.js';
import type { ContainerFlagValues } from './run-request.js';

/** Values of the flags of `shell`. */
export interface ShellFlagValues extends ContainerFlagValues {
  readonly command?: string | undefined;
  readonly toolbox: boolean;
  readonly keep: boolean;
  readonly name?: string | undefined;
}

/** What to start, and what has to be brought along for it. */
export interface ChosenShell {
  readonly words: readonly string[];
  readonly flags: Pick<ContainerFlagValues, 'env' | 'tools'>;
  /** In words for the user. */
  readonly said: string;
}

/** Runs a shell in a container of a snapshot; returns what it ended with. `beforeStart` is called when it is made. */
export async function shellInImage(
  context: Context,
  opened: OpenedSnapshot,
  asked: string,
  flags: ShellFlagValues,
  beforeStart: () => void,
): Promise<number> {
  const shell = await chooseShell(context, opened, flags);
  const keep = flags.keep || flags.name !== undefined;
  const container = await createFromFlags(context, opened, {
    asked,
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
  const { name } = container.created.record;
  const what = keep ? `changes are kept in container ${name}` : 'changes are thrown away (--keep keeps them)';
  context.log.info(`${shell.said}; ${what}`);
  beforeStart();
  const status = await endOf(container);
  if (keep)
    context.log.info(`strata changes ${name} lists them, strata commit ${name} NEWREF makes an image`);
  return status;
}

/** Returns the shell to use in a snapshot: its own, else that of the toolbox. Throws E_TOOL_MISSING. */
export async function chooseShell(
  context: Context,
  { image, union, n }: OpenedSnapshot,
  flags: Pick<ShellFlagValues, 'toolbox' | 'user' | 'env'>,
): Promise<ChosenShell> {
  const { limits, signal } = context;
  const { shell, env, user } = image.config.execution;
  const given = [...env, ...(flags.env ?? [])];
  if (!flags.toolbox) {
    const programs = await snapshotPrograms(union, n, image.layers, { limits, signal });
    const found = await findShell(programs, { shell, env: given, user: flags.user ?? user });
    if (found !== undefined) {
      const why = found.why === undefined ? '' : `, ${found.why}`;
      return { words: found.words, flags: {}, said: `${found.words.join(' ')}${why}` };
    }
  }
  const { run } = await containerPlace(context);
  const toolbox = await prepareToolbox(run, findBusybox());
  return {
    words: [`${APPLETS_TARGET}/sh`],
    flags: {
      env: [...(flags.env ?? []), `PATH=${withToolbox(pathVariable(given))}`],
      tools: toolboxMounts(toolbox),
    },
    said: `${flags.toolbox ? '' : 'no shell inside: '}busybox of this machine, ${toolbox.busybox}`,
  };
}
