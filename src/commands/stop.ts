import { stopContainer } from '../runtime/container/signal.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';
import { STOP_FLAGS, stopOptions } from './flags/stop.js';

export default class Stop extends StrataCommand {
  static override readonly summary = 'Ask containers to end, and kill those that do not.';
  static override readonly description = `A container is asked by its stop signal (SIGTERM, if neither its image nor \`run --stop-signal\` says another) and killed when
it still runs after 10 seconds. A paused one goes on first. One that was never started is ended, one that has ended stays as it is.`;
  static override readonly examples = [
    {
      description: 'Soon',
      command:
        '<%= config.bin %> run -d --rm --name server --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> <%= command.id %> -t 1 server',
    },
  ];
  static override readonly args = { containers: containersArgument() };
  static override readonly flags = STOP_FLAGS;

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Stop);
    const options = stopOptions(flags, context);
    const place = await containerPlace(context);
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      await stopContainer(place, record, options);
      return {};
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
