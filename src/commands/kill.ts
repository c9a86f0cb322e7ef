import { string } from '@oclif/core/flags';
import { signalContainer } from '../runtime/container/signal.js';
import { parseSignal } from '../runtime/spec/signals.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';

export default class Kill extends StrataCommand {
  static override readonly summary = 'Send a signal to containers: SIGKILL, which ends them at once.';
  static override readonly description =
    'The signal goes to the first process. A paused container goes on, so that it can act on it.';
  static override readonly examples = [
    {
      description: 'At once',
      command:
        '<%= config.bin %> run -d --rm --name hung --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> <%= command.id %> hung',
    },
  ];
  static override readonly args = { containers: containersArgument() };
  static override readonly flags = {
    signal: string({ char: 's', default: 'KILL', summary: 'Name or number of the signal.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Kill);
    const signal = parseSignal(flags.signal);
    const place = await containerPlace(context);
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      await signalContainer(place, record, signal);
      return {};
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
