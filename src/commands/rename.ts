import { string } from '@oclif/core/args';
import { findContainer, renameContainer } from '../runtime/container/containers.js';
import { folderOf } from '../runtime/container/state.js';
import { StrataCommand } from './base.js';
import { containerArgument, containerPlace } from './container/place.js';

export default class Rename extends StrataCommand {
  static override readonly summary = 'Give a container another name.';
  static override readonly description = 'Whether it runs or not. A name that another one has is refused.';
  static override readonly examples = [
    {
      description: 'A name to remember',
      command:
        '<%= config.bin %> run --name first --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> first good && <%= config.bin %> rm good',
    },
  ];
  static override readonly args = {
    container: containerArgument(),
    name: string({ name: 'NAME', description: 'Its new name.', required: true, ignoreStdin: true }),
  };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Rename);
    const place = await containerPlace(context);
    const record = findContainer(place.store, args.container);
    const { id, name } = await renameContainer(place.store, folderOf(place, record), args.name);
    return { id, name, was: record.name };
  }
}
