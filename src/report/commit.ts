import { formatBytes, plural } from './bytes.js';
import { nameJson } from './json.js';

/** What a layer cannot hold. */
type UnheldRow =
  | { readonly path: string; readonly what: 'socket' }
  | {
      readonly path: string;
      readonly what: 'attribute';
      readonly attribute: string;
      readonly why: 'empty' | 'name';
    };

/** Layers by their numbers, both included. */
export interface LayerSpan {
  readonly from: number;
  readonly to: number;
}

/** Returns which layers of an image a commit leaves behind. */
export function droppedText(span: LayerSpan, image: string): string {
  return `${spanText(span)} of ${image} ${span.from === span.to ? 'is' : 'are'} not part of it`;
}

/** `layer 5`, `layers 5 to 9` */
function spanText({ from, to }: LayerSpan): string {
  return from === to ? `layer ${String(from)}` : `layers ${String(from)} to ${String(to)}`;
}

interface CommittedLayer {
  readonly members: number;
  /** Bytes of files before they are compressed. */
  readonly contentBytes: number;
  /** Bytes of the blob. */
  readonly size: number;
  readonly digest: string;
}

/** Returns what came of the container's changes. */
export function layerText(
  layer: CommittedLayer | undefined,
  number: number,
  squashed: LayerSpan | null,
  exact: boolean,
): string {
  if (layer === undefined)
    return `no file changed: it has no layer above the ${plural(number, 'layer')} of the snapshot`;
  const { members, contentBytes, size, digest } = layer;
  const of = squashed === null ? '' : ` (${spanText(squashed)} and the changes in one)`;
  return `layer ${String(number)}${of}: ${plural(members, 'member')}, ${formatBytes(contentBytes, exact)} of content, ${formatBytes(size, exact)} stored, ${digest}`;
}

/** Returns what a commit that squashes would make of the layers and the changes. */
export function squashText(span: LayerSpan): string {
  return `${spanText(span)} and the changes would be one layer`;
}

/** So many of one sort are listed. */
const LISTED = 10;

/** Yields a line for each thing that a layer cannot hold, and what came of it; of many of one sort how many there are. */
export function* unheldLines(
  unheld: readonly UnheldRow[],
  outcome: 'left out' | 'commit leaves out' = 'left out',
): Generator<string> {
  const sorts = new Map<string, UnheldRow[]>();
  for (const row of unheld) {
    const sort = row.what === 'socket' ? 'socket' : row.why;
    const rows = sorts.get(sort);
    if (rows === undefined) sorts.set(sort, [row]);
    else rows.push(row);
  }
  for (const rows of sorts.values()) {
    for (const row of rows.slice(0, LISTED)) yield `${outcome} ${unheldText(row)}`;
    if (rows.length > LISTED)
      yield `${outcome} ${plural(rows.length - LISTED, 'more of the same', 'more of the same')}`;
  }
}

function unheldText(row: UnheldRow): string {
  if (row.what === 'socket') return `${row.path}: a layer cannot hold a socket`;
  const why = row.why === 'empty' ? 'an attribute without a value' : 'an attribute with = in its name';
  return `${row.attribute} of ${row.path}: a layer cannot hold ${why}`;
}

/** Returns it as JSON has it. */
export function unheldJson(row: UnheldRow): object {
  return row.what === 'socket'
    ? { ...nameJson(row.path), what: row.what }
    : { ...nameJson(row.path), what: row.what, ...nameJson(row.attribute, 'attribute'), why: row.why };
}
