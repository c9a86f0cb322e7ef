import { type FileKind, KIND } from '../../model/entry.js';
import { fileOfTouch, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { nodeName } from '../../layers/index/path-table.js';
import { humanBytes } from '../../report/bytes.js';
import { formatMode } from '../../report/mode.js';
import { foundOf } from '../state/derive.js';
import type { State } from '../state/state.js';
import { shownTouch } from '../tree/before-view.js';
import { STATUS } from '../tree/change-view.js';
import type { FileTree } from '../tree/file-tree.js';
import { rowsFrom } from '../tree/tree-rows.js';
import { fitRow, inRole, padLeft, padRight, type Row, rowWidth, seg, type Segment } from './segment.js';
import { safeText } from './safe-text.js';
import type { Role } from './theme.js';

const SIGNS: readonly { readonly sign: string; readonly role: Role }[] = [
  { sign: ' ', role: 'text' },
  { sign: '+', role: 'added' },
  { sign: '-', role: 'removed' },
  { sign: '~', role: 'changed' },
];

/** Of what did not change itself, but holds something that did. */
const HOLDS_CHANGES = { sign: '·', role: 'changed' } as const;

/** Deeper directories are not drawn further to the right. */
const DEEPEST = 24;

/** Returns the rows of the files from the first that is seen on, each `width` columns wide. */
export function fileRows(state: State, width: number, count: number): Row[] {
  const { tree, filesTop, cursor, pane, attributes } = state;
  if (tree === undefined) return [];
  const focused = pane === 'files' || state.prompt?.kind === 'filter';
  return rowsFrom(tree, filesTop, count).map((node) => {
    const row = fileRow(state, tree, node, attributes ? width : 0);
    if (node !== cursor) return fitRow(row, width);
    return inRole(fitRow(row, width), focused ? 'cursor' : 'cursor-away');
  });
}

/** Returns the column in which the handle of a row stands that folds and unfolds it. */
export function handleColumn(state: State, tree: FileTree, node: number, width: number): number {
  const touch = shownTouch(tree, node);
  if (touch < 0) return -1;
  const file = fileOfTouch(tree.facts.union, node, touch);
  return rowWidth(beforeName(state, tree, node, file, state.attributes ? width : 0));
}

function fileRow(state: State, tree: FileTree, node: number, width: number): Row {
  const { union } = tree.facts;
  const touch = shownTouch(tree, node);
  // A directory only on the way, of nodes that neither snapshot has.
  if (touch < 0) return [seg('  '), seg(safeText(nodeName(union.paths, node)), 'dim')];
  const file = fileOfTouch(union, node, touch);
  const row = beforeName(state, tree, node, file, width);
  const isDirectory = tree.facts.kind[touch] === KIND.directory;
  const hasRows = tree.childrenOf(node).length > 0;
  const handle = hasRows ? (tree.open[node] === 1 ? '▾ ' : '▸ ') : '  ';
  const name = safeText(file.name);
  const { status } = tree.changes;
  const role = status[node] === STATUS.same ? lookOf(file) : SIGNS[status[node]].role;
  row.push(seg(handle, 'dim'), seg(isDirectory ? `${name}/` : name, role));
  if (file.kind === 'symlink') row.push(seg(` → ${safeText(file.link)}`, 'dim'));
  return row;
}

/** What stands before the handle: marks, mode, owner, size, depth. */
function beforeName(
  state: State,
  tree: FileTree,
  node: number,
  file: SnapshotFile,
  width: number,
): Segment[] {
  const changed = tree.changes.status[node] !== STATUS.same;
  const holds = !changed && tree.changes.below[node] === 1;
  const { sign, role } = holds ? HOLDS_CHANGES : SIGNS[tree.changes.status[node]];
  const wasted = foundOf(state)?.waste?.[node] === 1;
  const row: Segment[] = [seg(sign, role), seg(wasted ? '! ' : '  ', 'waste')];
  if (width >= 46) row.push(seg(`${formatMode(file.kind, file.mode)} `, 'dim'));
  if (width >= 58) row.push(seg(`${padRight(`${file.uid}:${file.gid}`, 9)} `, 'dim'));
  if (width > 0) {
    const size = file.kind === 'directory' || file.kind === 'file' ? humanBytes(tree.sizes(node)) : '-';
    row.push(seg(`${padLeft(size, 8)}  `, changed ? role : tree.sizes(node) === 0 ? 'dim' : 'text'));
  }
  let depth = 0;
  for (let at = tree.parent[node]; at !== 0; at = tree.parent[at]) depth += 1;
  row.push(seg('  '.repeat(Math.min(depth, DEEPEST)), 'border'));
  return row;
}

/** The colour that tells what a file is: as `fileStyle` of the reports. */
function lookOf(file: { readonly kind: FileKind; readonly mode: number }): Role {
  if (file.kind === 'directory') return 'directory';
  if (file.kind === 'symlink') return 'symlink';
  if (file.kind !== 'file') return 'special';
  if ((file.mode & 0o6000) !== 0) return 'privileged';
  return (file.mode & 0o111) !== 0 ? 'executable' : 'text';
}
