import { CAPABILITY_XATTR, formatCapabilities, parseCapabilities } from '../../model/capability.js';
import type { Anomaly } from '../../model/anomaly.js';
import { KIND } from '../../model/entry.js';
import { shortDigest } from '../../model/digest.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileOfTouch, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { formatCount, humanBytes, plural } from '../../report/bytes.js';
import { instructionLine } from '../../report/instruction.js';
import { KIND_NAMES } from '../../report/kind.js';
import { formatMode, formatOctal } from '../../report/mode.js';
import { formatTime } from '../../report/time.js';
import { layerIn, shownBeside, SIDE_LETTERS, sideOf, stackOf } from '../state/beside.js';
import type { State } from '../state/state.js';
import { shownTouch } from '../tree/before-view.js';
import { STATUS } from '../tree/change-view.js';
import type { FileTree } from '../tree/file-tree.js';
import { sumByCause } from './image.js';
import { countNames, fileOf } from '../tree/linked-names.js';
import { padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';
import type { Role } from './theme.js';
import { wrap } from './waste.js';
import { wastedVersions } from './wasted-versions.js';

const LABEL = 10;

/** Returns the rows of a label and its value, which goes on below itself where it is long. */
function field(label: string, value: string, width: number, role: Role = 'text'): Row[] {
  return wrap(value, Math.max(8, width - LABEL - 2)).map((line, i): Row => [
    seg(` ${padRight(i === 0 ? label : '', LABEL)}`, 'dim'),
    seg(line, role),
  ]);
}

/** Returns everything known of the layer. */
export function layerDetails(state: State, width: number): Row[] {
  const side = sideOf(state);
  const { image, layer, steps, facts: all, shared } = stackOf(state, side);
  const { loaded, judged } = state;
  const facts = all.at(layer - 1);
  const described = image.layers.at(layer - 1);
  if (described === undefined) return [[seg(' the image has no layers', 'dim')]];
  const rows: Row[] = [];
  const step = steps.get(layer);
  rows.push(...field('made by', safeText(instructionLine(step)) || 'not told by the history', width));
  if (step?.created !== undefined) rows.push(...field('created', safeText(step.created), width));
  if (facts !== undefined) {
    rows.push([
      seg(` ${padRight('changes', LABEL)}`, 'dim'),
      seg(`+${formatCount(facts.added)} `, 'added'),
      seg(`~${formatCount(facts.modified)} `, 'changed'),
      seg(`-${formatCount(facts.removed)}`, 'removed'),
    ]);
    const stored = facts.storedBytes === undefined ? '' : `, ${humanBytes(facts.storedBytes)} stored`;
    rows.push(...field('size', `${humanBytes(facts.plainBytes)}${stored}`, width));
  } else
    rows.push(
      ...field('size', described.size === undefined ? '?' : `${humanBytes(described.size)} stored`, width),
    );
  if (facts === undefined && side === 'first' && state.failed !== undefined)
    rows.push(...field('not read', safeText(state.failed.join('; ')), width, 'error'));
  const same = shared.get(layer);
  if (same !== undefined)
    rows.push(
      ...field('shared', `${side === 'first' ? 'B' : 'A'}@${same} is the same layer`, width, 'accent'),
    );
  const causes = side === 'first' ? (judged?.waste.causes ?? []) : [];
  for (const [cause, bytes] of sumByCause(causes.filter((one) => one.layer === layer)).slice(0, 3))
    rows.push(...field('wasted', `${humanBytes(bytes)} ${cause}`, width, 'waste'));
  if (described.digest !== undefined) rows.push(...field('digest', described.digest, width, 'digest'));
  if (described.diffID !== undefined) rows.push(...field('diff id', described.diffID, width, 'digest'));
  const odd =
    (side === 'first' ? loaded : undefined)?.anomalies.filter((anomaly) => layerOf(anomaly) === layer) ?? [];
  for (const { code, where } of odd.slice(0, 5))
    rows.push(...field('anomaly', `${code}: ${safeText(where)}`, width, 'warning'));
  return rows;
}

/** The layer that an anomaly names first; NaN where it names none. */
function layerOf({ detail = '', where }: Anomaly): number {
  return Number(/\blayer (\d+)/.exec(`${detail} ${where}`)?.[1]);
}

/** Returns everything known of the file at the cursor. */
export function fileDetails(state: State, width: number): Row[] {
  const { tree, cursor } = state;
  if (tree === undefined || cursor === 0) return [[seg(' no file', 'dim')]];
  const { union } = tree.facts;
  const touch = shownTouch(tree, cursor);
  const rows = field('path', safeText(nodePath(union.paths, cursor)), width, 'heading');
  if (touch < 0) return rows;
  const file = fileOfTouch(union, cursor, touch);
  const what = [...Object.entries(STATUS)].find(([, status]) => status === tree.changes.status[cursor])?.[0];
  if (what !== undefined && what !== 'same') {
    const role: Role = what === 'added' ? 'added' : what === 'removed' ? 'removed' : 'changed';
    rows.push(...field('change', `${what}${between(state)}`, width, role));
  }
  rows.push(...field('kind', kindText(file), width));
  rows.push(
    ...field(
      'mode',
      `${formatMode(file.kind, file.mode)}  ${formatOctal(file.mode)}  ${file.uid}:${file.gid}`,
      width,
    ),
  );
  rows.push(...sizeRows(tree, cursor, touch, width));
  for (const version of wastedVersions(state).slice(0, 3))
    rows.push(...field('wasted', version, width, 'waste'));
  rows.push(...field('modified', formatTime(file.mtime), width));
  const made = layerIn(state, file.layer);
  const step = stackOf(state, made.side).steps.get(made.layer);
  const letter = shownBeside(state) === undefined ? '' : `${SIDE_LETTERS[made.side]}@`;
  rows.push(...field('layer', `${letter}${made.layer}  ${safeText(instructionLine(step))}`, width));
  if (file.content !== undefined) rows.push(...field('content', shortDigest(file.content), width, 'digest'));
  if (tree.facts.linked[touch] === 1)
    rows.push(...field('names', plural(namesOf(tree, touch), 'name'), width));
  for (const [name, value] of [...file.xattrs].slice(0, 8))
    rows.push(...field('xattr', xattrText(name, value), width));
  for (const { code, detail } of anomaliesAt(state, file.path).slice(0, 3))
    rows.push(
      ...field('anomaly', `${code}${detail === undefined ? '' : `: ${safeText(detail)}`}`, width, 'warning'),
    );
  return rows;
}

/** The size as it is in the snapshot, or was before it was removed, and of a directory what changed in it. */
function sizeRows(tree: FileTree, node: number, touch: number, width: number): Row[] {
  const { facts, changes } = tree;
  if (facts.kind[touch] !== KIND.directory) return field('size', humanBytes(facts.bytes[touch]), width);
  const { before, view } = tree;
  const gone = view.live[node] < 0;
  const size = humanBytes(gone ? before.bytes(node) : view.bytes[node]);
  const files = plural(gone ? before.files(node) : view.files[node], 'file');
  const rows = field('size', `${size}, ${files}`, width);
  if (changes.below[node] === 0) return rows;
  const { added, modified, removed, removedBytes } = tree.sums(node);
  rows.push([
    seg(` ${padRight('inside', LABEL)}`, 'dim'),
    ...(added === 0 ? [] : [seg(`+${formatCount(added)} `, 'added')]),
    ...(modified === 0 ? [] : [seg(`~${formatCount(modified)} `, 'changed')]),
    ...(removed === 0
      ? []
      : [seg(`-${formatCount(removed)}, ${humanBytes(removedBytes)} removed`, 'removed')]),
  ]);
  return rows;
}

/** How many paths of the snapshot are names of the same file. */
function namesOf({ facts, view }: FileTree, touch: number): number {
  return countNames(facts.links, fileOf(facts.links, touch), (node) => view.live[node]);
}

function between(state: State): string {
  const settings = state.tree?.settings;
  if (shownBeside(state) !== undefined) return ' from A to B';
  if (settings === undefined) return '';
  return settings.from === settings.to - 1
    ? ` by layer ${settings.to}`
    : ` between layers ${settings.from} and ${settings.to}`;
}

function kindText(file: SnapshotFile): string {
  if (file.kind === 'symlink') return `${KIND_NAMES.symlink} → ${safeText(file.link)}`;
  if (file.kind === 'character' || file.kind === 'block')
    return `${KIND_NAMES[file.kind]} ${file.deviceMajor}:${file.deviceMinor}`;
  return file.inode === undefined ? 'directory, without an entry of its own' : KIND_NAMES[file.kind];
}

function xattrText(name: string, value: Uint8Array): string {
  const capabilities = name === CAPABILITY_XATTR ? parseCapabilities(value) : undefined;
  return capabilities === undefined
    ? `${safeText(name)}, ${plural(value.length, 'byte')}`
    : `capabilities ${formatCapabilities(capabilities)}`;
}

/** The anomalies of a path. */
function anomaliesAt({ loaded }: State, path: string) {
  return loaded?.anomalies.filter(({ where }) => where === path || where === path.slice(1)) ?? [];
}
