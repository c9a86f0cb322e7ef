import { storedSizeAt } from '../../layers/index/layer-index.js';
import type { ExtractItem } from '../../layers/write/extract.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { walk } from '../../layers/union/walk.js';
import type { Unrestored, Written } from '../../layers/write/write-tree.js';
import type { Image } from '../../model/image.js';
import { plural } from '../../report/bytes.js';
import { nameJson } from '../../report/json.js';
import type { Context } from '../program/context.js';

/** What is written, and where. */
export interface WriteJob {
  readonly image: Image;
  readonly union: Union;
  readonly n: number;
  readonly items: readonly ExtractItem[];
  /** The directory of this machine that gets the items. */
  readonly parent: string;
  readonly preserve: boolean;
  /** What the progress line says: `extracting from demo.tar`. */
  readonly doing: string;
}

/** Writes the items with a progress line, as {@link extract} of layers does. Throws what that throws. */
export async function writeItems(context: Context, job: WriteJob): Promise<Written> {
  const { image, union, n, items, parent, preserve, doing } = job;
  const { progress, limits, signal } = context;
  const { extract } = await import('../../layers/write/extract.js');
  progress.begin(bytesOf(job), doing);
  try {
    return await extract(union, image.layers, n, items, parent, {
      preserve,
      limits,
      signal,
      store: await context.store(),
      onBytes: (count) => {
        progress.advance(count);
      },
    });
  } finally {
    progress.end();
  }
}

/** Returns how many bytes of layers the items are made of: each inode once, without holes. */
export function bytesOf({ union, n, items }: Pick<WriteJob, 'union' | 'n' | 'items'>): number {
  let total = 0;
  const inodes = new Set<number>();
  for (const { file: start } of items)
    for (const { file } of walk(union, n, start.node)) {
      const number = inodeNumber(file);
      if (file.kind !== 'file' || file.inode === undefined || inodes.has(number)) continue;
      inodes.add(number);
      total += storedSizeAt(union.layers[file.inode.layer - 1], file.inode.row);
    }
  return total;
}

/** Layers are at most 65,535 and rows at most 2^32: together a safe integer. */
export function inodeNumber({ inode }: Pick<SnapshotFile, 'inode'>): number {
  return inode === undefined ? -1 : inode.layer * 2 ** 32 + inode.row;
}

const LEFT: Record<Unrestored, (count: number) => string> = {
  device: (count) => plural(count, 'device'),
  fifo: (count) => plural(count, 'named pipe'),
  owner: (count) => `the owner of ${plural(count, 'path')}, which nobody can be`,
  xattrs: (count) => `the extended attributes of ${plural(count, 'path')}`,
};

/** Returns what could not be made as one line, raw; undefined when all was. */
export function leftOut({ notRestored }: Written): string | undefined {
  if (notRestored.size === 0) return undefined;
  const parts = [...notRestored].map(([what, { count, first }]) => {
    const rest = count > 3 ? ', …' : '';
    return `${LEFT[what](count)} (${first.slice(0, 3).join(', ')}${rest})`;
  });
  return `left out: ${parts.join('; ')}`;
}

/** The same for JSON. */
export function notRestoredJson({ notRestored }: Written): object[] {
  return [...notRestored].map(([what, { count, first }]) => ({
    what,
    count,
    first: first.map((name) => nameJson(name)),
  }));
}
