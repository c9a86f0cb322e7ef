import { boolean } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { besideProgram } from './container/beside-program.js';
import { splitCommand } from './flags/command-behind.js';
import { plainToKeep } from './container/plain-to-keep.js';
import { createFromFlags, endOf, startDetached } from './container/run.js';
import { openSnapshot } from './image/open.js';
import { ATTACH_FLAGS } from './flags/attach.js';
import { CONTAINER_FLAGS } from './flags/run.js';

export default class Run extends StrataCommand {
  static override readonly enableJsonFlag = false;
  static override readonly summary = 'Run a program in a snapshot of an image, isolated.';
  static override readonly description = `The container has the file system as it was after layer N, and namespaces, capabilities, control groups and a system call
filter of its own; its root is not root of this machine. Where the kernel reads EROFS images nothing is unpacked, else
layers are once (strata doctor says which). The image is not changed: what the program writes is kept with the container,
unless --rm is given. Ends as the program does; 126 when the program could not be run, 127 when there is none of that name,
125 for any other error of strata, but 5 when a tool or privilege is missing.`;
  static override readonly examples = [
    {
      description: 'What did the file system look like after layer 3?',
      command: '<%= config.bin %> <%= command.id %> --rm --entrypoint /bin/ls demo.tar@3 -l /app',
    },
    {
      description: 'A shell to look around in, as root',
      command: '<%= config.bin %> <%= command.id %> -it --rm -u 0 --entrypoint /bin/sh demo.tar',
    },
    {
      description: 'Something that goes on by itself, until it is stopped',
      command:
        '<%= config.bin %> <%= command.id %> -d --rm --name ticking --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> stop -t 0 ticking',
    },
  ];
  static override readonly usage = '<%= command.id %> [FLAGS] IMAGE[@N] [COMMAND [ARGUMENT...]]';
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = {
    interactive: boolean({ char: 'i', default: false, summary: 'Keep standard input open, and pass it on.' }),
    tty: boolean({ char: 't', default: false, summary: 'Give the program a terminal.' }),
    rm: boolean({ default: false, summary: 'Remove the container when the program ends.' }),
    detach: boolean({
      char: 'd',
      default: false,
      summary: 'Let it run by itself, and print its id.',
    }),
    ...ATTACH_FLAGS,
    ...CONTAINER_FLAGS,
  };

  protected override ownExit(code: number): number {
    return besideProgram(code);
  }

  async run(): Promise<void> {
    const { own, command } = splitCommand(this.argv, { ...Run.baseFlags, ...Run.flags });
    this.argv = [...own];
    const { args, flags, context } = await this.begin(Run);
    if (flags.tty && flags.interactive && !flags.detach && !process.stdin.isTTY)
      fail('E_USAGE', 'giving the program a terminal: standard input is none', { hint: 'leave -t out' });
    const keepPlain = await plainToKeep(context, { snapshot: flags.snapshot, kept: !flags.rm });
    const opened = await openSnapshot(context, args.image, { keepPlain });
    try {
      this.settleBefore(opened.anomalies, args.image);
      if (opened.n === 0 && flags.volume === undefined && flags.mount === undefined)
        context.log.info(
          'it has no layer: programs come by -v from this machine, strata shell brings its own',
        );
      const container = await createFromFlags(context, opened, { asked: args.image, flags, command });
      this.releaseInterrupts();
      if (flags.detach) await context.output.lines([await startDetached(container)]);
      else this.endWith(await endOf(container));
    } finally {
      await opened.close();
    }
  }
}
