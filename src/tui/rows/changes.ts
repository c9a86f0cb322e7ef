import { facetNames } from '../../layers/union/facets.js';
import { formatCount, humanBytes, plural } from '../../report/bytes.js';
import { changeLetter } from '../../runtime/changes/container-change.js';
import type { ChangeList, CommitForm } from '../state/change-pages.js';
import { type ChangeNode, nodeLabel } from '../state/change-tree.js';
import { tickOf } from '../state/commit-form.js';
import { commitRows } from './commit.js';
import { fitRow, inRole, padLeft, type Row, seg, type Segment } from './segment.js';
import { safeText } from './safe-text.js';
import type { Role } from './theme.js';

/** The letters of `strata changes` and docker diff as the signs of the files. */
const LOOKS: Readonly<Record<'A' | 'C' | 'D', { readonly sign: string; readonly role: Role }>> = {
  A: { sign: '+', role: 'added' },
  C: { sign: '~', role: 'changed' },
  D: { sign: '-', role: 'removed' },
};
const ONLY_ABOVE = { sign: ' ', role: 'dim' } as const;
const TICKS = { all: '[x] ', some: '[-] ', none: '[ ] ' } as const;
/** Deeper directories are not drawn further to the right. */
const DEEPEST = 24;

/** Returns what a container changed, from the first row that is seen on; what is to be committed above it. */
export function changeRows(list: ChangeList, width: number, count: number): Row[] {
  const head = list.form === undefined ? [] : commitRows(list.form, width);
  const rows: Row[] = head.map((row) => fitRow(row, width));
  if (list.seen.length === 0)
    return [
      ...rows,
      [seg(list.nodes.length === 0 ? '  nothing changed' : '  nothing fits the filter', 'dim')],
    ];
  const { seen, top, cursor, nodes } = list;
  for (let at = top; at < Math.min(seen.length, top + count - head.length); at++) {
    const row = fitRow(changeRow(list, seen[at], nodes[seen[at]], width), width);
    rows.push(at === cursor ? inRole(row, 'cursor') : row);
  }
  return rows;
}

function changeRow(list: ChangeList, at: number, node: ChangeNode, width: number): Row {
  const { change, depth, end } = node;
  const { sign, role } = change === undefined ? ONLY_ABOVE : LOOKS[changeLetter(change)];
  const row: Segment[] = [seg(' ')];
  if (list.form !== undefined) row.push(tickSegment(list, list.form, at));
  row.push(seg(`${sign} `, role));
  if (width >= 36) row.push(seg(`${padLeft(sizeOf(node), 8)}  `, role));
  row.push(seg('  '.repeat(Math.min(depth, DEEPEST, Math.floor(width / 8))), 'border'));
  const below = end > at + 1;
  row.push(seg(below ? (list.folded.has(at) && list.filter === '' ? '▸ ' : '▾ ') : '  ', 'dim'));
  const file = change?.after ?? change?.before;
  const isDirectory = below || file?.kind === 'directory';
  const name = safeText(nodeLabel(node));
  row.push(seg(isDirectory && name !== '/' ? `${name}/` : name, role === 'dim' ? 'text' : role));
  if (file?.kind === 'symlink') row.push(seg(` → ${safeText(file.link)}`, 'dim'));
  if (change?.kind === 'modified') row.push(seg(`  ${facetNames(change.facets).join(', ')}`, 'dim'));
  return row;
}

function tickSegment(list: ChangeList, form: CommitForm, at: number): Segment {
  const tick = tickOf(list, form, at);
  return seg(TICKS[tick], tick === 'none' ? 'dim' : 'key');
}

function sizeOf({ change, bytes }: ChangeNode): string {
  const file = change?.after ?? change?.before;
  return file === undefined || file.kind === 'file' || file.kind === 'directory' ? humanBytes(bytes) : '-';
}

/** Returns how much changed, for the title of the page. */
export function changeCounts({ open }: ChangeList): string {
  let [added, changed, removed] = [0, 0, 0];
  for (const { kind } of open.changes) {
    if (kind === 'added') added += 1;
    else if (kind === 'removed') removed += 1;
    else changed += 1;
  }
  const running = open.running ? ', it runs' : '';
  return ` ${plural(open.changes.length, 'change')}: +${formatCount(added)} ~${formatCount(changed)} -${formatCount(removed)}${running}`;
}
