import { boolean, string } from '@oclif/core/flags';
import { StrataCommand } from './base.js';
import { besideProgram } from './container/beside-program.js';
import { plainToKeep } from './container/plain-to-keep.js';
import { containerPlace } from './container/place.js';
import { openSnapshot } from './image/open.js';
import { SANDBOX_FLAGS } from './flags/run.js';
import { containerCalled, shellInContainer } from './container/shell-container.js';
import { shellInImage } from './container/shell-image.js';
import { shellTargetArgument } from './container/shell-target.js';

export default class Shell extends StrataCommand {
  static override readonly enableJsonFlag = false;
  static override readonly summary = 'Open a shell in a snapshot of an image, or in a container.';
  static override readonly description = `The best shell inside: SHELL of the image, the user's of /etc/passwd, bash, zsh, ash, sh or busybox. Where there is
none, busybox of this machine is brought along: it is mounted read-only below /dev/.strata, in nothing that is committed.
What is changed in a snapshot is thrown away, unless --keep or --name is given. Without a terminal the shell reads a script
from standard input. Ends as the shell does, or as \`strata run\` when there is an error before it.`;
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

  protected override ownExit(code: number): number {
    return besideProgram(code);
  }

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Shell);
    const release = (): void => {
      this.releaseInterrupts();
    };
    const place = await containerPlace(context);
    const record = containerCalled(place, args.target);
    if (record !== undefined) {
      this.endWith(await shellInContainer(context, place, record, flags, release));
      return;
    }
    const kept = flags.keep || flags.name !== undefined;
    const keepPlain = await plainToKeep(context, { snapshot: flags.snapshot, kept });
    const opened = await openSnapshot(context, args.target, { keepPlain });
    try {
      this.settleBefore(opened.anomalies, args.target);
      this.endWith(await shellInImage(context, opened, args.target, flags, release));
    } finally {
      await opened.close();
    }
  }
}
