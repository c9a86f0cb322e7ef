import { string } from '@oclif/core/args';
import { findStored } from '../images/stored.js';
import { StrataError } from '../model/error.js';
import { renameRef, replaceNamed } from '../store/ref.js';
import { updateRefs } from '../store/refs.js';
import { StrataCommand } from './base.js';
import { newReference, newReferenceArgument } from './image/commit-name.js';
import { storedIn } from './image/stored.js';
import { ownStore } from './program/own-store.js';

export default class Tag extends StrataCommand {
  static override readonly summary = 'Give an image of the local store another name.';
  static override readonly description = `NEWREF then means SOURCE in every spelling, whatever it meant before; SOURCE keeps its own names. Nothing is copied.`;
  static override readonly examples = [
    {
      description: 'A second name',
      command:
        '<%= config.bin %> copy demo.tar store:demo:1 && <%= config.bin %> <%= command.id %> demo:1 demo:stable',
    },
  ];
  static override readonly args = {
    source: string({
      name: 'SOURCE',
      description: 'Image of the store: its name, its ID or digest, or how one begins and no other does.',
      required: true,
      ignoreStdin: true,
    }),
    newref: newReferenceArgument(),
  };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Tag);
    const reference = newReference(args.newref);
    const store = await ownStore(context);
    const asked = args.source.startsWith('store:') ? args.source.slice('store:'.length) : args.source;
    const { stored, name } = findStored(await storedIn(context), asked);
    await updateRefs(store, (refs) => {
      const source = refs.find((ref) => ref.digest === stored.digest && ref.name === name);
      const any = source ?? refs.find((ref) => ref.digest === stored.digest);
      if (any === undefined)
        throw new StrataError('E_NOT_FOUND', `naming image '${asked}': it was removed meanwhile`);
      return replaceNamed(refs, renameRef(any, reference));
    });
    return { source: asked, reference, digest: stored.digest };
  }
}
