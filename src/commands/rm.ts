import { boolean } from '@oclif/core/flags';
import { StrataError } from '../model/error.js';
import { findContainer } from '../runtime/container/containers.js';
import { removeContainer } from '../runtime/container/remove.js';
import type { ContainerPlace } from '../runtime/container/state.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import { containersArgument, eachContainer } from './container/several-containers.js';
import type { Context } from './program/context.js';

export default class Rm extends StrataCommand {
  static override readonly summary = 'Remove containers with all that they wrote.';
  static override readonly description = `Prints the name of each that was removed. One that cannot be removed does not keep the others; the error comes at the end.
Images are not touched: commit a container first to keep what it wrote.`;
  static override readonly examples = [
    {
      description: 'A container that has ended',
      command:
        '<%= config.bin %> run --name spent --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> spent',
    },
    {
      description: 'Whether it runs or not',
      command:
        '<%= config.bin %> run --name stuck --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> --force stuck',
    },
  ];
  static override readonly args = { containers: containersArgument() };
  static override readonly flags = {
    force: boolean({ char: 'f', summary: 'Kill what runs; what is not there is no error.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Rm);
    const place = await containerPlace(context);
    const names = flags.force ? present(context, place, args.containers) : args.containers;
    const { done, errors, code } = await eachContainer(context, place, names, async (record) => {
      await removeContainer(place, record, flags.force);
      return {};
    });
    if (code > 0) this.endWith(code);
    return { removed: done, errors };
  }
}

/** As docker has it, one that is not there is no error where it is to go by all means. */
function present(context: Context, { store }: ContainerPlace, names: readonly string[]): string[] {
  const found: string[] = [];
  for (const name of names)
    try {
      findContainer(store, name);
      found.push(name);
    } catch (thrown) {
      if (!(thrown instanceof StrataError) || thrown.code !== 'E_NOT_FOUND') throw thrown;
      context.log.warn(thrown.message);
    }
  return found;
}
