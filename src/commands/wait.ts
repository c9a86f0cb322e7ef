import { fail } from '../model/error.js';
import { findContainer } from '../runtime/container/containers.js';
import { type Waited, waitForEnd } from '../runtime/container/wait.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';

export default class Wait extends StrataCommand {
  static override readonly summary = 'Wait until containers have ended, and print their exit codes.';
  static override readonly description = `One line for each container, in their order. One that does not run any more ended with its code; one that was never started
has 0.`;
  static override readonly examples = [
    {
      description: 'How did it end?',
      command:
        '<%= config.bin %> run -d --name job --entrypoint /bin/sh demo.tar -c "exit 3" && <%= config.bin %> <%= command.id %> job && <%= config.bin %> rm job',
    },
  ];
  static override readonly args = { containers: containersArgument() };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Wait);
    const place = await containerPlace(context);
    // All at once: one with --rm is gone as soon as it has ended.
    const found = new Map(
      [...new Set(args.containers)].map((name) => {
        const record = Promise.resolve().then(() => findContainer(place.store, name));
        const waited = record.then((known) => waitForEnd(place, known, { signal: context.signal }));
        waited.catch(() => undefined);
        return [name, { record, waited }] as const;
      }),
    );
    let next = 0;
    const { done, errors, code } = await eachContainer(
      context,
      place,
      args.containers,
      async ({ name }) => endOf(name, await found.get(args.containers[next - 1])?.waited),
      {
        find: (name) => {
          next++;
          return found.get(name)?.record ?? findContainer(place.store, name);
        },
        line: (_record, { exit }) => String(exit),
      },
    );
    if (code > 0) this.endWith(code);
    return { containers: done, errors };
  }
}

function endOf(name: string, waited: Waited | undefined): { readonly exit: number; readonly oom: boolean } {
  const exit = waited?.ended === true ? waited.exit : undefined;
  if (exit !== undefined) return { exit: exit.status, oom: exit.oom };
  return waited?.ended === true && waited.never
    ? { exit: 0, oom: false }
    : fail('E_ENGINE', `waiting for container ${name}: it has ended, and nobody saw how`);
}
