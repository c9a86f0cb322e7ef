import {
  type DeletedFile,
  endOf,
  findDeleted,
  type FindQuery,
  type GoneHow,
  hiddenVersions,
} from '../search/find.js';
import { fileOfTouch, type SnapshotFile } from '../union/snapshot-file.js';
import { TOUCH } from '../union/touch.js';
import { leavesFile, type Union } from '../union/union.js';

/** A version that a snapshot hides, with its whole life. */
export interface HiddenVersion extends DeletedFile {
  /** The layer that first brought this content; those between it and `file.layer` changed metadata only. */
  readonly addedIn: number;
}

/** Yields what {@link findDeleted} yields, each with who brought it and how it went. */
export function* findHidden(union: Union, n: number, query: FindQuery, start = 0): Generator<HiddenVersion> {
  for (const deleted of findDeleted(union, n, query, start)) yield withLife(union, deleted);
}

/** Returns the version of `node` that went last before snapshot `n`; undefined when the snapshot hides none. */
export function lastHidden(union: Union, n: number, node: number): HiddenVersion | undefined {
  let last: DeletedFile | undefined;
  for (const deleted of hiddenVersions(union, n, node)) last = deleted;
  return last === undefined ? undefined : withLife(union, last);
}

function withLife(union: Union, deleted: DeletedFile): HiddenVersion {
  const { node, touch } = deleted.file;
  return { ...deleted, addedIn: broughtIn(union, node, touch) };
}

/** The layer that brought what `touch` left, content and kind. */
function broughtIn(union: Union, node: number, touch: number): number {
  let first = touch;
  while (keepsContent(union, node, first)) first -= 1;
  return union.touches.layer[first];
}

/** Whether a touch left content and kind of the version before it as they were. */
function keepsContent(union: Union, node: number, touch: number): boolean {
  if (touch === union.touchStart[node] || !leavesFile(union, touch - 1)) return false;
  const kind = union.touches.kind[touch];
  if (kind === TOUCH.metadata || kind === TOUCH.restated) return true;
  return kind === TOUCH.implied && fileOfTouch(union, node, touch - 1).kind === 'directory';
}

/** A version that can be restored. */
export interface HeldVersion {
  readonly file: SnapshotFile;
  /** What happened next, `repeated` for the same content stored again; undefined for what the snapshot shows. */
  readonly end: { readonly layer: number; readonly how: GoneHow | 'repeated' } | undefined;
}

/** Returns every version of `node` that the layers up to `n` hold, oldest first, also the one that snapshot `n` shows. */
export function heldVersions(union: Union, n: number, node: number): HeldVersion[] {
  const versions: HeldVersion[] = [];
  const { layer, kind } = union.touches;
  let end: HeldVersion['end'];
  for (let touch = union.touchStart[node + 1] - 1; touch >= union.touchStart[node]; touch--) {
    if (layer[touch] > n) continue;
    const keeps = keepsContent(union, node, touch);
    // An implied directory is the one before it.
    const isOwn = leavesFile(union, touch) && !(keeps && kind[touch] === TOUCH.implied);
    if (isOwn) versions.push({ file: fileOfTouch(union, node, touch), end });
    if (isOwn || !keeps) end = { layer: layer[touch], how: keeps ? 'repeated' : endOf(union, touch) };
  }
  return versions.reverse();
}
