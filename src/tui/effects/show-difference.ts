import { blame } from '../../layers/changes/blame.js';
import { readWhole } from '../../layers/read/content.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { humanBytes } from '../../report/bytes.js';
import { formatMode } from '../../report/mode.js';
import { formatTime } from '../../report/time.js';
import type { Action, Effect } from '../state/action.js';
import { bodyOf } from '../state/page.js';
import type { Looked } from './outside.js';
import { type Row, seg } from '../rows/segment.js';
import { differenceRows } from './difference-rows.js';
import { safeText } from '../rows/safe-text.js';
import { type ReadingOptions, towards } from './tell-part.js';

/** A file as a snapshot or a container has it. */
type FileFacts = Pick<SnapshotFile, 'kind' | 'mode' | 'uid' | 'gid' | 'mtime' | 'size' | 'link'>;

/** Bytes of either side beyond which contents are not compared. */
export const MOST = 8 * 1024 * 1024;

/** Returns the page that tells how a path differs from the version before, or between two snapshots. */
export async function showDifference(
  looked: Looked,
  { id, node, from, to }: Extract<Effect, { do: 'difference' }>,
  options: ReadingOptions,
): Promise<Extract<Action, { type: 'filled' }>> {
  const rows =
    from === undefined
      ? await sinceBefore(looked, node, to, options)
      : await sidesRows(looked, fileAt(looked.union, node, from), fileAt(looked.union, node, to), options);
  return { type: 'filled', id, body: bodyOf(rows), line: 0 };
}

async function sinceBefore(looked: Looked, node: number, n: number, options: ReadingOptions): Promise<Row[]> {
  const steps = blame(looked.union, node, n);
  const last = steps.at(-1);
  if (last === undefined) return [[seg('no layer has touched it', 'dim')]];
  const { file, layer, kind, facets } = last;
  // What came back is compared with what was taken away.
  const before = last.before ?? steps.at(-2)?.before;
  const what = file === undefined ? 'removed' : facets.length === 0 ? kind : `${kind}: ${facets.join(', ')}`;
  const again = last.before === undefined && before !== undefined ? ' again' : '';
  const role = file === undefined ? 'removed' : before === undefined ? 'added' : 'changed';
  return [
    [seg(`layer ${layer}: `, 'heading'), seg(`${what}${again}`, role)],
    ...(await sidesRows(looked, before, file, options)),
  ];
}

async function sidesRows(
  looked: Looked,
  before: SnapshotFile | undefined,
  after: SnapshotFile | undefined,
  options: ReadingOptions,
): Promise<Row[]> {
  const metadata = metadataRows(before, after);
  if (before?.kind === 'directory' && after?.kind === 'directory')
    return metadata.length > 0 ? metadata : [[seg(OF_DIRECTORY, 'dim')]];
  const rows = [...metadata, []];
  if (before?.kind !== after?.kind || before?.kind !== 'file') {
    if (before !== undefined) rows.push([seg(`- ${sideText(before)}`, 'removed')]);
    if (after !== undefined) rows.push([seg(`+ ${sideText(after)}`, 'added')]);
  }
  const isContent = (side: SnapshotFile | undefined): boolean => side === undefined || side.kind === 'file';
  return isContent(before) && isContent(after)
    ? [...rows, ...(await contentRows(looked, before, after, options))]
    : rows;
}

const OF_DIRECTORY = 'the directory itself is the same; what changed is in it';

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
  before: SnapshotFile | undefined,
  after: SnapshotFile | undefined,
  options: ReadingOptions,
): Promise<Row[]> {
  if (Math.max(before?.size ?? 0, after?.size ?? 0) > MOST)
    return [[seg(`not compared: more than ${humanBytes(MOST)}`, 'warning')]];
  const read = async (file: SnapshotFile | undefined, done: number): Promise<Uint8Array> => {
    const inode = file?.inode;
    if (inode === undefined) return new Uint8Array(0);
    const index = union.layers[inode.layer - 1];
    const onPart = (part: number): void => options.onPart?.(done + part / 2);
    const half = towards(index, inode.row, file?.size ?? 0, { ...options, onPart });
    return readWhole(layers[inode.layer - 1], index, inode.row, MOST, half);
  };
  const [old, now] = [await read(before, 0), await read(after, 0.5)];
  return differenceRows(old, now);
}
