import { resumePaused } from '../runtime/container/signal.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';

export default class Unpause extends StrataCommand {
  static override readonly summary = 'Let paused containers go on.';
  static override readonly description = 'Ends what `strata pause` began.';
  static override readonly examples = [
    {
      description: 'Hold it, and let it go on',
      command:
        '<%= config.bin %> run -d --rm --name freed --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> pause freed && <%= config.bin %> <%= command.id %> freed && <%= config.bin %> rm -f freed',
    },
  ];
  static override readonly args = { containers: containersArgument() };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Unpause);
    const place = await containerPlace(context);
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      await resumePaused(place, record);
      return {};
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
