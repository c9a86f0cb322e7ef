import { fail } from '../model/error.js';
import { updateResources } from '../runtime/container/update.js';
import { readHostFacts } from '../runtime/host-facts.js';
import { changeLimits } from '../runtime/spec/change-limits.js';
import type { LimitRequest } from '../runtime/spec/limits.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { LIMIT_FLAGS } from './flags/run.js';
import { type LimitFlagValues, limitRequest } from './container/run-request.js';
import { containersArgument, eachContainer } from './container/several-containers.js';

/** Which limit each flag sets. */
const LIMIT_OF: Readonly<Record<keyof LimitFlagValues, keyof LimitRequest>> = {
  memory: 'memory',
  'memory-swap': 'memorySwap',
  cpus: 'nanoCpus',
  'cpu-shares': 'cpuShares',
  'cpu-quota': 'cpuQuota',
  'cpu-period': 'cpuPeriod',
  'cpuset-cpus': 'cpusetCpus',
  'pids-limit': 'pidsLimit',
};

export default class Update extends StrataCommand {
  static override readonly summary = 'Change the limits of containers.';
  static override readonly description = `At once, if a container runs, and whenever it is started again. What is not named stays; 0 takes a limit away (-1 that of
--pids-limit and --cpu-quota).`;
  static override readonly examples = [
    {
      description: 'More memory, and half a processor',
      command:
        '<%= config.bin %> run --name small -m 16m --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> -m 64m --memory-swap 64m --cpus 0.5 small && <%= config.bin %> rm small',
    },
  ];
  static override readonly args = { containers: containersArgument() };
  static override readonly flags = LIMIT_FLAGS;

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Update);
    const all = limitRequest(flags);
    const given = (Object.keys(LIMIT_OF) as (keyof LimitFlagValues)[]).filter(
      (flag) => flags[flag] !== undefined,
    );
    if (given.length === 0)
      fail('E_USAGE', 'updating containers: no limit is named', { hint: 'for example --memory 64m' });
    const request: LimitRequest = Object.fromEntries(
      given.map((flag) => [LIMIT_OF[flag], all[LIMIT_OF[flag]]]),
    );
    const place = await containerPlace(context);
    const host = readHostFacts();
    const { done, errors, code } = await eachContainer(context, place, args.containers, async (record) => {
      await updateResources(place, record, (resources) => changeLimits(resources, request, host));
      return {};
    });
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}
