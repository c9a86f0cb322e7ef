import { createHash, type Hash } from 'node:crypto';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { nodePath } from '../../layers/index/path-table.js';
import type { Union } from '../../layers/union/union.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';
import type { LayerPlan } from './plan.js';

/** Whoever changes how a layer is unpacked raises this: directories of another number are never used. */
const VERSION = 1;

/**
 * Returns 64 hex digits that tell apart the directories that one layer may need: those in which everything is the layer's
 * own are the same wherever it lies, and all else that is in them, which the layers below say, is counted here.
 */
export function fingerprint(union: Union, plan: LayerPlan, marks: OverlayXattrs): string {
  const { layer, nodes, whiteouts, covering, opaque } = plan;
  const hash = createHash('sha256');
  add(hash, `${String(VERSION)} ${marks}`);
  for (const node of nodes) {
    const file = fileAt(union, node, layer);
    if (file === undefined || file.inode?.layer === layer) continue;
    add(hash, `foreign ${file.path}`);
    if (file.inode !== undefined) addFile(hash, union, file);
  }
  for (const node of whiteouts) add(hash, `whiteout ${nodePath(union.paths, node)}`);
  for (const node of covering) add(hash, `covering ${nodePath(union.paths, node)}`);
  for (const node of opaque) add(hash, `opaque ${nodePath(union.paths, node)}`);
  return hash.digest('hex');
}

/** What a lower layer says of a path. */
function addFile(hash: Hash, union: Union, file: SnapshotFile): void {
  const { kind, mode, uid, gid, mtime, inode, xattrs } = file;
  add(hash, [kind, mode, uid, gid, mtime].join(' '));
  if (kind !== 'directory' && inode !== undefined)
    add(hash, `${union.layers[inode.layer - 1].diffID} ${String(inode.row)}`);
  for (const [name, value] of xattrs) {
    add(hash, name);
    add(hash, value);
  }
}

/** Every part with its length, so that no two lists of parts are one text. Names may hold lone surrogates. */
function add(hash: Hash, part: string | Uint8Array): void {
  const bytes = typeof part === 'string' ? Buffer.from(part, 'utf16le') : part;
  hash.update(`${String(bytes.length)}:`);
  hash.update(bytes);
}
