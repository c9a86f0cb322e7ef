import { heldVersions } from '../../layers/changes/hidden.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { fail } from '../../model/error.js';
import type { Context } from '../program/context.js';
import { lastHiddenVersion, layersOf } from './last-hidden.js';
import { parseLayer } from '../flags/layer-number.js';
import type { OpenedSnapshot } from '../image/open.js';
import { typedNode } from '../flags/typed-path.js';

/** A version of a path, and the snapshot that has it: for a directory, with all that was in it. */
export interface ChosenVersion {
  readonly file: SnapshotFile;
  readonly n: number;
}

/**
 * Returns the version that `--version` means: the number of the layer that held it, or the beginning of the digest of its
 * content; without it the last one that the snapshot hides. Throws E_USAGE, E_SNAPSHOT_RANGE, E_NOT_FOUND, E_AMBIGUOUS.
 */
export function chosenVersion(
  context: Context,
  opened: OpenedSnapshot,
  path: string,
  version: string | undefined,
  image: string,
): ChosenVersion {
  if (version === undefined) {
    const { file, goneIn } = lastHiddenVersion(context, opened, path, image);
    return whole(opened, { file, n: goneIn - 1 }, image);
  }
  if (/^-?[0-9]{1,9}$/.test(version)) {
    const layer = parseLayer(version, opened.image);
    return whole(opened, ofLayer(opened, path, layer, image), image);
  }
  const prefix = /^sha256:[0-9a-f]{1,64}$/i.exec(version)?.[0].toLowerCase();
  if (prefix !== undefined) return ofDigest(opened, path, prefix, image);
  return fail('E_USAGE', `reading --version '${version}': neither a layer nor a digest`, {
    hint: `write the number of a layer or the beginning of a digest, sha256:ab12; --list shows both`,
  });
}

function ofLayer({ union, n }: OpenedSnapshot, path: string, layer: number, image: string): ChosenVersion {
  const node = typedNode(union, n, path, image);
  const held = heldVersions(union, n, node);
  const own = held.findLast(({ file }) => file.layer === layer)?.file;
  if (own !== undefined) return { file: own, n: layer };
  // What is in a directory changes also in layers that say nothing of the directory itself.
  const shown = layer <= n ? fileAt(union, node, layer) : undefined;
  if (shown?.kind === 'directory') return { file: shown, n: layer };
  return fail('E_NOT_FOUND', `looking up ${path}: layer ${String(layer)} holds no version of it`, {
    hint: holders(held.map(({ file }) => file.layer)),
  });
}

function ofDigest({ union, n }: OpenedSnapshot, path: string, prefix: string, image: string): ChosenVersion {
  const node = typedNode(union, n, path, image);
  const held = heldVersions(union, n, node);
  const fitting = held.filter(({ file }) => file.content?.startsWith(prefix) === true);
  const digests = new Set(fitting.map(({ file }) => file.content));
  if (digests.size > 1)
    fail('E_AMBIGUOUS', `looking up ${path}: '${prefix}' begins ${String(digests.size)} of its digests`, {
      hint: [...digests].slice(0, 5).join(', '),
    });
  const file = fitting.at(-1)?.file;
  if (file !== undefined) return { file, n: file.layer };
  return fail('E_NOT_FOUND', `looking up ${path}: no version of it has a digest that begins ${prefix}`, {
    hint: holders(held.map(({ file: { layer } }) => layer)),
  });
}

function holders(layers: readonly number[]): string {
  const named = layersOf(layers);
  return named === ''
    ? 'no layer has an entry for it'
    : `${named} hold${named.includes(',') ? '' : 's'} one; --list shows them`;
}

/** A directory that its own layer replaced was never whole in any snapshot. */
function whole({ union }: OpenedSnapshot, chosen: ChosenVersion, image: string): ChosenVersion {
  const { file, n } = chosen;
  if (file.kind !== 'directory') return chosen;
  const shown = fileAt(union, file.node, n);
  if (shown?.kind === 'directory') return { file: shown, n };
  const path = nodePath(union.paths, file.node);
  return fail(
    'E_NOT_FOUND',
    `looking up ${path}: layer ${String(file.layer)} replaced its directory itself`,
    {
      hint: `strata recover ${image} ${path} --all -o DIR writes what was in it`,
    },
  );
}
