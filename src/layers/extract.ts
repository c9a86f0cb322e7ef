import {
  chmod,
  chown,
  lchown,
  link,
  lutimes,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../model/error.js';
import type { Layer } from '../model/image.js';
import { encodeName } from '../model/name.js';
import { type ContentOptions, readContents } from './content.js';
import type { SnapshotFile } from './snapshot-file.js';
import type { Union } from './union.js';
import { walk } from './walk.js';

export interface ExtractOptions extends ContentOptions {
  /** Owners, setuid and setgid bits too, as tar -p does; else the files belong to the caller. */
  readonly preserve: boolean;
  readonly onBytes?: (count: number) => void;
}

/** What could not be made as the image has it. */
export interface NotRestored {
  readonly path: string;
  readonly what: 'device' | 'xattrs';
}

export interface Extracted {
  readonly files: number;
  readonly bytes: number;
  readonly notRestored: readonly NotRestored[];
}

/**
 * Writes the tree at `start` of snapshot `n` to `destination`, which must not exist or be an empty directory; afterwards
 * it is whole, or nothing is there. Nothing of the image is ever resolved on the host: every parent is a directory made
 * here, inside a new private directory, and links are made last and never followed. Throws E_EXISTS, E_UNWRITABLE, ….
 */
export async function extractTree(
  union: Union,
  layers: readonly Layer[],
  n: number,
  start: SnapshotFile,
  destination: string,
  options: ExtractOptions,
): Promise<Extracted> {
  await refuseExisting(destination);
  const staging = await mkdtemp(path.join(path.dirname(path.resolve(destination)), '.strata-'));
  try {
    const tree = Buffer.concat([Buffer.from(`${staging}/`), Buffer.from('tree')]);
    const result = await writeTree(union, layers, n, start, tree, options);
    await rename(tree, destination);
    return result;
  } finally {
    await makeRemovable(staging);
    await rm(staging, { recursive: true, force: true });
  }
}

async function writeTree(
  union: Union,
  layers: readonly Layer[],
  n: number,
  start: SnapshotFile,
  root: Buffer,
  options: ExtractOptions,
): Promise<Extracted> {
  const notRestored: NotRestored[] = [];
  const directories: SnapshotFile[] = [];
  const byLayer = new Map<number, Map<number, SnapshotFile[]>>();
  const symlinks: SnapshotFile[] = [];
  const base = start.path === '/' ? 0 : start.path.length;
  const place = (file: SnapshotFile): Buffer => Buffer.concat([root, encodeName(file.path.slice(base))]);
  let files = 0;
  let bytes = 0;

  for (const { file } of walk(union, n, start.node)) {
    if (file.kind === 'directory') {
      await mkdir(place(file), { mode: 0o700 });
      directories.push(file);
    } else if (file.kind === 'symlink') symlinks.push(file);
    else if (file.kind === 'file' && file.inode !== undefined) {
      const rows = byLayer.get(file.inode.layer) ?? new Map<number, SnapshotFile[]>();
      byLayer.set(file.inode.layer, rows);
      rows.set(file.inode.row, [...(rows.get(file.inode.row) ?? []), file]);
    } else notRestored.push({ path: file.path, what: 'device' });
    if (file.xattrs.size > 0) notRestored.push({ path: file.path, what: 'xattrs' });
    files++;
  }
  for (const [position, rows] of byLayer) {
    const index = union.layers[position - 1];
    const sorted = [...rows.keys()].sort((a, b) => a - b);
    await readContents(
      layers[position - 1],
      index,
      sorted,
      async (row, content) => {
        const [first, ...others] = rows.get(row) ?? [];
        const target = place(first);
        const handle = await open(target, 'wx', 0o600);
        try {
          for await (const chunk of content) {
            await handle.write(chunk);
            bytes += chunk.length;
            options.onBytes?.(chunk.length);
          }
        } finally {
          await handle.close();
        }
        for (const other of others) await link(target, place(other));
        await applyMetadata(first, target, options);
      },
      options,
    );
  }
  for (const file of symlinks) {
    await symlink(Buffer.from(encodeName(file.link)), place(file));
    if (options.preserve) await lchown(place(file), file.uid, file.gid);
    await lutimes(place(file), seconds(file.mtime), seconds(file.mtime));
  }
  // Children first: a directory's time changes with its entries, and its mode may forbid them.
  for (const file of directories.reverse()) await applyMetadata(file, place(file), options);
  return { files, bytes, notRestored };
}

async function applyMetadata(
  file: SnapshotFile,
  target: Buffer,
  { preserve }: ExtractOptions,
): Promise<void> {
  if (preserve) await chown(target, file.uid, file.gid);
  await chmod(target, preserve ? file.mode : file.mode & 0o777);
  await utimes(target, seconds(file.mtime), seconds(file.mtime));
}

/** Node sets times in seconds as a double: about a microsecond of precision today. */
function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}

async function refuseExisting(destination: string): Promise<void> {
  try {
    const entries = await readdir(destination);
    if (entries.length === 0) return;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  }
  fail('E_EXISTS', `extracting to ${destination}: it exists already`, {
    hint: 'name a path that does not exist, or an empty directory',
  });
}

/** Extracted directories may forbid their owner to enter them; a failed tree must go all the same. */
async function makeRemovable(staging: string): Promise<void> {
  const pending: string[] = [staging];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    try {
      await chmod(directory, 0o700);
      for (const entry of await readdir(directory, { withFileTypes: true }))
        if (entry.isDirectory()) pending.push(path.join(directory, entry.name));
    } catch {
      // What cannot be changed cannot be removed either; rm says so.
    }
  }
}
