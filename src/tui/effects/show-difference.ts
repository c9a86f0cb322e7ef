import { blame } from '../../layers/blame.js';
import { readWhole, type ContentOptions } from '../../layers/content.js';
import type { SnapshotFile } from '../../layers/snapshot-file.js';
import type { Union } from '../../layers/union.js';
import type { Image } from '../../model/image.js';
import { humanBytes } from '../../report/bytes.js';
import { formatMode } from '../../report/mode.js';
import { formatTime } from '../../report/time.js';
import type { Action } from '../state/action.js';
import { bodyOf } from '../state/page.js';
import { type Row, seg } from '../rows/segment.js';
import { differenceRows } from './difference-rows.js';
import { safeText } from '../rows/safe-text.js';

/** A file as a snapshot or a container has it. */
type FileFacts = Pick<SnapshotFile, 'kind' | 'mode' | 'uid' | 'gid' | 'mtime' | 'size' | 'link'>;

/** Bytes of either side beyond which contents are not compared. */
export const MOST = 8 * 1024 * 1024;

/** Returns the page that tells how a path differs from the version before: metadata, then content. */
export async function showDifference(
  image: Image,
  union: Union,
  { id, node, n }: { readonly id: number; readonly node: number; readonly n: number },
  options: ContentOptions,
): Promise<Extract<Action, { type: 'filled' }>> {
  const steps = blame(union, node, n);
  const last = steps.findLast((step) => step.before !== undefined || step.file === undefined);
  const rows: Row[] = [];
  if (last === undefined) rows.push([seg('there is no version before this one', 'dim')]);
  else {
    const { before, file, layer, kind, facets } = last;
    rows.push([
      seg(`layer ${layer}: `, 'heading'),
      seg(
        facets.length === 0 ? kind : `${kind}: ${facets.join(', ')}`,
        file === undefined ? 'removed' : 'changed',
      ),
    ]);
    rows.push(...metadataRows(before, file), []);
    if (before?.kind === 'file' && file?.kind === 'file')
      rows.push(...(await contentRows(image, union, before, file, options)));
    else
      rows.push(
        [seg(before === undefined ? '' : `- ${sideText(before)}`, 'removed')],
        [seg(file === undefined ? '' : `+ ${sideText(file)}`, 'added')],
      );
  }
  return { type: 'filled', id, body: bodyOf(rows), line: 0 };
}

/** Mode, owner and time of both sides where they differ. */
export function metadataRows(before: FileFacts | undefined, after: FileFacts | undefined): Row[] {
  if (before === undefined || after === undefined) return [];
  const told = ({ kind, mode, uid, gid, mtime }: FileFacts): string =>
    `${formatMode(kind, mode)} ${uid}:${gid}  ${formatTime(mtime)}`;
  if (told(before) === told(after)) return [];
  return [[seg(`- ${told(before)}`, 'removed')], [seg(`+ ${told(after)}`, 'added')]];
}

export function sideText(file: FileFacts): string {
  return `${file.kind}${file.kind === 'symlink' ? ` → ${safeText(file.link)}` : ''}, ${humanBytes(file.size)}`;
}

async function contentRows(
  image: Image,
  union: Union,
  before: SnapshotFile,
  after: SnapshotFile,
  options: ContentOptions,
): Promise<Row[]> {
  if (Math.max(before.size, after.size) > MOST)
    return [[seg(`not compared: more than ${humanBytes(MOST)}`, 'warning')]];
  const read = async ({ inode }: SnapshotFile): Promise<Uint8Array> =>
    inode === undefined
      ? new Uint8Array(0)
      : readWhole(image.layers[inode.layer - 1], union.layers[inode.layer - 1], inode.row, MOST, options);
  const [old, now] = [await read(before), await read(after)];
  return differenceRows(old, now);
}
