import { limitHint } from '../../model/limits.js';
import { createBreather } from '../../io/breathe.js';
import { TAR_END } from '../../io/tar/write.js';
import { fail } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import { encodeName } from '../../model/name.js';
import type { ChangedNodes } from '../changes/changed-nodes.js';
import type { ContentOptions } from '../read/content.js';
import { snapshotHeader } from './export.js';
import { gather } from './gather.js';
import { nodePath } from '../index/path-table.js';
import { type NamesByInode, namesByInode } from './names-by-inode.js';
import { fileAt, type SnapshotFile } from '../union/snapshot-file.js';
import type { Union } from '../union/union.js';
import { WHITEOUT, whiteoutHeader } from './whiteout-header.js';
import { contentSize, writeFiles } from './write-files.js';

export interface SquashOptions extends ContentOptions {
  /** Takes the next piece of the tar, which stays as it is until the promise settles. Called one at a time. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Times later than this (seconds since 1970) become this: SOURCE_DATE_EPOCH (reproducible-builds.org). */
  readonly clampTime?: number | undefined;
  /** Told how many bytes of content will come, before the first. */
  readonly onBegin?: ((total: number) => void) | undefined;
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** What a squashed layer holds. */
export interface Squashed {
  readonly members: number;
  readonly contentBytes: number;
}

const COST_OF_A_HEADER = 4 * 1024;

/**
 * Writes the one layer that makes snapshot `to` of another from which it differs in `nodes`, and nothing more: what differs,
 * with the directories above it, and a whiteout for what is gone. Directories come first, each with its
 * whiteouts, since a reader that unpacks in place must not write through what was there before; then files, layer by layer,
 * a hard link behind the first of its names. The same layers give the same bytes. Throws E_LIMIT over `layerBytes`, E_COMMIT for a name that means a deletion or is too long for one,
 * and what {@link readContents} throws.
 */
export async function squashLayers(
  union: Union,
  layers: readonly Layer[],
  to: number,
  { written, removed }: ChangedNodes,
  options: SquashOptions,
): Promise<Squashed> {
  const breathe = createBreather(options.signal);
  const out = gather(options.write);
  let members = 0;
  let contentBytes = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    members++;
    await out.write(bytes);
    await breathe(COST_OF_A_HEADER);
  };
  const files = written.map((node) => fileAt(union, node, to)).filter((file) => file !== undefined);
  for (const file of files) checkName(file.path);
  const regular = namesByInode(files.filter(({ kind }) => kind === 'file'));
  options.onBegin?.(checkedSize(regular, options.limits.layerBytes));

  for (const file of files) {
    if (file.kind !== 'directory') continue;
    await put(snapshotHeader(file, 'directory', nameOf(file), options.clampTime));
    for (const gone of removed.get(file.node) ?? []) await put(whiteout(union, gone, options.limits.name));
  }
  const header = (file: SnapshotFile, first?: SnapshotFile): Promise<void> =>
    first === undefined
      ? put(snapshotHeader(file, file.kind, nameOf(file), options.clampTime))
      : put(snapshotHeader(file, 'hardlink', nameOf(file), options.clampTime, nameOf(first)));
  const onBytes = (count: number): void => {
    contentBytes += count;
    options.onBytes?.(count);
  };
  await writeFiles(union, layers, regular, { out, header, onBytes }, options);
  for (const [first, ...others] of withoutContent(files)) {
    await header(first);
    for (const other of others) await header(other, first);
  }
  await out.write(TAR_END);
  await out.end();
  return { members, contentBytes };
}

/** As docker has them: `etc/`, `etc/hosts`; the root is `./`. */
function nameOf(file: SnapshotFile): Uint8Array {
  const name = file.path.slice(1);
  return encodeName(file.kind === 'directory' ? (name === '' ? './' : `${name}/`) : name);
}

function whiteout(union: Union, node: number, longest: number): Uint8Array {
  const path = nodePath(union.paths, node);
  const slash = path.lastIndexOf('/') + 1;
  const name = WHITEOUT + path.slice(slash);
  if (encodeName(name).length > longest)
    fail('E_COMMIT', `squashing the removed ${path}: its name is too long for a whiteout`);
  return whiteoutHeader(encodeName(path.slice(1, slash) + name));
}

function checkName(path: string): void {
  if (path.includes(`/${WHITEOUT}`))
    fail('E_COMMIT', `squashing ${path}: a name that begins with .wh. means a deletion in a layer`);
}

/** What has no content, in the order of paths: the names of each inode. */
function withoutContent(files: readonly SnapshotFile[]): readonly (readonly SnapshotFile[])[] {
  const known = new Map<string, SnapshotFile[]>();
  for (const file of files) {
    if (file.kind === 'directory' || file.kind === 'file' || file.inode === undefined) continue;
    const key = `${String(file.inode.layer)} ${String(file.inode.row)}`;
    const names = known.get(key);
    if (names === undefined) known.set(key, [file]);
    else names.push(file);
  }
  return [...known.values()];
}

function checkedSize(byLayer: NamesByInode, limit: number): number {
  const bytes = contentSize(byLayer);
  if (bytes > limit)
    fail('E_LIMIT', `squashing: the files have ${String(bytes)} bytes, over the limit of ${String(limit)}`, {
      hint: limitHint('layerBytes'),
    });
  return bytes;
}
