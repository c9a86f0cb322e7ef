import { startAgain } from '../runtime/container/start.js';
import { stopContainer } from '../runtime/container/signal.js';
import { findMonitor } from '../runtime/engine/find-engine.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';
import { STOP_FLAGS, stopOptions } from './flags/stop.js';

export default class Restart extends StrataCommand {
  static override readonly summary = 'Stop containers, and start them again with the files that they wrote.';
  static override readonly description =
    'As `strata stop` and then `strata start`; one that does not run is only started.';
  static override readonly examples = [
    {
      description: 'Once more',
      command:
        '<%= config.bin %> run -d --name again --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> <%= command.id %> -t 0 again && <%= config.bin %> rm -f again',
    },
  ];
  static override readonly args = { containers: containersArgument() };
  static override readonly flags = STOP_FLAGS;

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Restart);
    const options = stopOptions(flags, context);
    const place = await containerPlace(context);
    const monitor = findMonitor();
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      await stopContainer(place, record, options);
      await startAgain(place, record, { monitor, keepStdin: true });
      return {};
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
