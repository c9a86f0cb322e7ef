import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { findStored, type StoredImage } from '../images/stored.js';
import type { Digest } from '../model/digest.js';
import { familiarName } from '../model/distribution-name.js';
import { fail, StrataError } from '../model/error.js';
import { listContainers } from '../runtime/container/containers.js';
import { pinnedBlobs } from '../runtime/container/pinned-blobs.js';
import { readRefs } from '../store/refs.js';
import { removeRefs } from '../store/remove-refs.js';
import type { StoreRef } from '../store/ref.js';
import { formatBytes } from '../report/bytes.js';
import { escapeForTerminal } from '../report/escape.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import type { Context } from './program/context.js';
import { stopIfAborted } from './program/failure.js';
import { storedIn } from './image/stored.js';

/** What came of one operand. */
interface Removed {
  readonly untagged: readonly string[];
  readonly deleted: readonly Digest[];
  readonly freed: number;
}

export default class Rmi extends StrataCommand {
  static override readonly summary =
    'Remove images of the local store: a name, and what no other name needs.';
  static override readonly description = `Of an image with several names only the one given is removed; an ID or digest removes all of them, with --force where
there are several. Manifests, configurations and layers that nothing needs any more are deleted at once. Containers go
on: they hold the layers they were made of. Indexes and unpacked layers of the image are left for \`prune\`, which removes
those that were not used for long. One image that cannot be removed does not keep the others.`;
  static override readonly examples = [
    {
      description: 'A name, and with it the image',
      command: '<%= config.bin %> copy demo.tar store:spare:1 && <%= config.bin %> <%= command.id %> spare:1',
    },
    {
      description: 'All that have no name any more',
      command:
        '<%= config.bin %> images -q --filter dangling=true | xargs -r <%= config.bin %> <%= command.id %>',
    },
  ];
  static override readonly args = {
    images: string({
      name: 'IMAGE',
      description:
        'Images of the store: name, ID or digest, or how one begins and no other does. One or more.',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    force: boolean({
      char: 'f',
      summary: 'Remove all names of an ID; an image that is not there is no error.',
    }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Rmi);
    const asked = typeof args.images === 'string' ? [args.images] : (args.images as readonly string[]);
    const removed: Removed[] = [];
    const errors: unknown[] = [];
    for (const name of asked) {
      stopIfAborted(context.signal);
      try {
        const one = await removeOne(context, name, flags.force);
        removed.push(one);
        if (!context.json) await context.output.lines(removedLines(one));
      } catch (thrown) {
        if (flags.force && thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') {
          context.log.warn(thrown.message);
          continue;
        }
        // The last is told by its end.
        if (errors.length > 0) context.log.warn(messageOf(errors.at(-1)));
        errors.push(thrown);
      }
    }
    const freed = removed.reduce((sum, one) => sum + one.freed, 0);
    if (freed > 0) context.log.info(`${formatBytes(freed, false)} freed`);
    if (errors.length > 0) throw errors.at(-1);
    return {
      untagged: removed.flatMap((one) => one.untagged),
      deleted: removed.flatMap((one) => one.deleted),
      freed,
    };
  }
}

async function removeOne(context: Context, typed: string, force: boolean): Promise<Removed> {
  const asked = typed.startsWith('store:') ? typed.slice('store:'.length) : typed;
  const place = await containerPlace(context);
  const { stored, name } = findStored(await storedIn(context), asked);
  if (name === undefined && stored.names.length > 1 && !force)
    fail(
      'E_USAGE',
      `removing image ${asked}: it has ${String(stored.names.length)} names: ${namesText(stored)}`,
      {
        hint: 'remove one of them, or all with --force',
      },
    );
  const isMeant = (ref: StoreRef): boolean =>
    ref.digest === stored.digest && (name === undefined || ref.name === name);
  const refs = (await readRefs(place.store)).filter(isMeant);
  const containers = listContainers(place.store);
  const { deleted, freed, kept } = await removeRefs(place.store, refs, await pinnedBlobs(place, containers));
  if (kept !== undefined) context.log.warn(`nothing was deleted: ${kept}`);
  const untagged = refs.map((ref) => ref.name).filter((own) => own !== undefined);
  return { untagged: untagged.map(familiarName), deleted, freed };
}

function namesText({ names }: StoredImage): string {
  return names.map((name) => name ?? '<none>').join(', ');
}

function* removedLines({ untagged, deleted }: Removed): Generator<string> {
  for (const name of untagged) yield `Untagged: ${escapeForTerminal(name)}`;
  for (const digest of deleted) yield `Deleted: ${digest}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
