import { boolean } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { findContainer } from '../runtime/container/containers.js';
import { startAgain } from '../runtime/container/start.js';
import { findMonitor } from '../runtime/engine/find-engine.js';
import { ATTACH_FLAGS } from './flags/attach.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { attachedEnd } from './container/session.js';
import { stopIfAborted } from './program/failure.js';
import { containersArgument, eachContainer } from './container/several-containers.js';

export default class Start extends StrataCommand {
  static override readonly summary = 'Start containers that have ended, with the files that they wrote.';
  static override readonly description = `What was said when a container was run holds again: command, mounts, limits. Its log goes on. One that runs already is left
alone. With --attach ends as the program does.`;
  static override readonly examples = [
    {
      description: 'Again, and see what it says',
      command:
        '<%= config.bin %> run --name hello --entrypoint /bin/echo demo.tar hello && <%= config.bin %> <%= command.id %> -a hello && <%= config.bin %> rm hello',
    },
  ];
  static override readonly args = { containers: containersArgument() };
  static override readonly flags = {
    attach: boolean({ char: 'a', summary: 'Show what it writes, and end as it does.' }),
    interactive: boolean({ char: 'i', summary: 'The same, and pass standard input on to it.' }),
    ...ATTACH_FLAGS,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Start);
    const place = await containerPlace(context);
    const monitor = findMonitor();
    if (flags.attach || flags.interactive) {
      // Not `exclusive`: of two such flags oclif's line of usage is `[-a | --json] [-i | ]`.
      if (context.json)
        fail('E_USAGE', 'attaching with --json: what the program writes would be mixed with it', {
          hint: 'leave --json, or --attach and --interactive out',
        });
      const [only, ...more] = args.containers;
      if (more.length > 0)
        fail('E_USAGE', 'starting containers: only one can be attached to', {
          hint: 'leave --attach and --interactive out',
        });
      const record = findContainer(place.store, only);
      stopIfAborted(context.signal);
      this.releaseInterrupts();
      const end = await attachedEnd(context, place, record, {
        stdin: flags.interactive,
        flags,
        start: (onCreated) =>
          startAgain(place, record, { monitor, keepStdin: !flags.interactive, onCreated }),
      });
      this.endWith(end);
      return undefined;
    }
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      const started = await startAgain(place, record, { monitor, keepStdin: true });
      if (!started) context.log.info(`${record.name} runs already`);
      return { started };
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
