import { pauseRunning } from '../runtime/container/signal.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';

export default class Pause extends StrataCommand {
  static override readonly summary = 'Let containers stand still.';
  static override readonly description =
    'Every process stops where it is, and keeps what it has, until `strata unpause`.';
  static override readonly examples = [
    {
      description: 'Hold it, and let it go on',
      command:
        '<%= config.bin %> run -d --rm --name held --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> <%= command.id %> held && <%= config.bin %> unpause held && <%= config.bin %> rm -f held',
    },
  ];
  static override readonly args = { containers: containersArgument() };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Pause);
    const place = await containerPlace(context);
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      await pauseRunning(place, record);
      return {};
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
