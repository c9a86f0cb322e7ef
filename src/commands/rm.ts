import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { findContainer } from '../runtime/container/containers.js';
import { removeContainer } from '../runtime/container/remove.js';
import { escapeForTerminal } from '../report/escape.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container-place.js';
import { stopIfAborted } from './failure.js';

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
  static override readonly args = {
    containers: string({
      name: 'CONTAINER',
      description: 'Containers: name, id, or how an id begins and no other does. One or more.',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    force: boolean({ char: 'f', summary: 'Kill what runs.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Rm);
    const place = await containerPlace(context);
    const removed: { readonly id: string; readonly name: string }[] = [];
    const errors: unknown[] = [];
    for (const asked of args.containers) {
      stopIfAborted(context.signal);
      try {
        const record = await findContainer(place.store, asked);
        await removeContainer(place, record, flags.force);
        removed.push({ id: record.id, name: record.name });
        if (!context.json) await context.output.lines([escapeForTerminal(record.name)]);
      } catch (thrown) {
        // The last is told by its end.
        if (errors.length > 0) context.log.warn(messageOf(errors.at(-1)));
        errors.push(thrown);
      }
    }
    if (errors.length > 0) throw errors.at(-1);
    return { removed };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
