import { blame } from '../../layers/blame.js';
import { readWhole, type ContentOptions } from '../../layers/content.js';
import { fileAt, type SnapshotFile } from '../../layers/snapshot-file.js';
import { humanBytes } from '../../report/bytes.js';
import { formatMode } from '../../report/mode.js';
import { formatTime } from '../../report/time.js';
import type { Action, Effect } from '../state/action.js';
import { bodyOf } from '../state/page.js';
import type { Looked } from './outside.js';
import { type Row, seg } from '../rows/segment.js';
import { differenceRows } from './difference-rows.js';
import { safeText } from '../rows/safe-text.js';

/** A file as a snapshot or a container has it. */
type FileFacts = Pick<SnapshotFile, 'kind' | 'mode' | 'uid' | 'gid' | 'mtime' | 'size' | 'link'>;

/** Bytes of either side beyond which contents are not compared. */
export const MOST = 8 * 1024 * 1024;

/** Returns the page that tells how a path differs from the version before, or between two snapshots. */
export async function showDifference(
  looked: Looked,
  { id, node, from, to }: Extract<Effect, { do: 'difference' }>,
  options: ContentOptions,
): Promise<Extract<Action, { type: 'filled' }>> {
  const rows =
    from === undefined
      ? await sinceBefore(looked, node, to, options)
      : await sidesRows(looked, fileAt(looked.union, node, from), fileAt(looked.union, node, to), options);
  return { type: 'filled', id, body: bodyOf(rows), line: 0 };
}

async function sinceBefore(looked: Looked, node: number, n: number, options: ContentOptions): Promise<Row[]> {
  const steps = blame(looked.union, node, n);
  const last = steps.findLast((step) => step.before !== undefined || step.file === undefined);
  if (last === undefined) return [[seg('there is no version before this one', 'dim')]];
  const { before, file, layer, kind, facets } = last;
  return [
    [
      seg(`layer ${layer}: `, 'heading'),
      seg(
        facets.length === 0 ? kind : `${kind}: ${facets.join(', ')}`,
        file === undefined ? 'removed' : 'changed',
      ),
    ],
    ...(await sidesRows(looked, before, file, options)),
  ];
}

async function sidesRows(
  looked: Looked,
  before: SnapshotFile | undefined,
  after: SnapshotFile | undefined,
  options: ContentOptions,
): Promise<Row[]> {
  const rows = [...metadataRows(before, after), []];
  if (before?.kind === 'file' && after?.kind === 'file')
    return [...rows, ...(await contentRows(looked, before, after, options))];
  return [
    ...rows,
    [seg(before === undefined ? '' : `- ${sideText(before)}`, 'removed')],
    [seg(after === undefined ? '' : `+ ${sideText(after)}`, 'added')],
  ];
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
  { union, layers }: Looked,
  before: SnapshotFile,
  after: SnapshotFile,
  options: ContentOptions,
): Promise<Row[]> {
  if (Math.max(before.size, after.size) > MOST)
    return [[seg(`not compared: more than ${humanBytes(MOST)}`, 'warning')]];
  const read = async ({ inode }: SnapshotFile): Promise<Uint8Array> =>
    inode === undefined
      ? new Uint8Array(0)
      : readWhole(layers[inode.layer - 1], union.layers[inode.layer - 1], inode.row, MOST, options);
  const [old, now] = [await read(before), await read(after)];
  return differenceRows(old, now);
}
