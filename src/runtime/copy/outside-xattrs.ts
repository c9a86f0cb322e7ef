import { CAPABILITY_XATTR } from '../../model/capability.js';
import { type IdMap, idOutside } from '../id-map.js';
import { shiftXattrs } from '../upper/shifted-xattrs.js';

/** Bytes and revision byte of a file capability without the id of its root (include/uapi/linux/capability.h). */
const BYTES_2 = 20;
const REVISION_2 = 0x02;
const REVISION_3 = 0x03;

/**
 * Returns attributes with the ids inside a user namespace as this machine is to write them for it: a capability counts for
 * the namespace's root alone. The other way round than shiftXattrs; undefined for an id that is not mapped.
 */
export function outsideXattrs(
  xattrs: ReadonlyMap<string, Uint8Array>,
  map: IdMap,
): Map<string, Uint8Array> | undefined {
  const outside = new Map(xattrs);
  if (map.length === 0) return outside;
  const capability = outside.get(CAPABILITY_XATTR);
  outside.delete(CAPABILITY_XATTR);
  const inverse = map.map(({ containerID, hostID, size }) => ({
    containerID: hostID,
    hostID: containerID,
    size,
  }));
  if (shiftXattrs(outside, { uid: inverse, gid: inverse }) !== undefined) return undefined;
  if (capability === undefined) return outside;
  const bytes = Buffer.alloc(BYTES_2 + 4);
  bytes.set(capability.subarray(0, BYTES_2 + 4));
  const plain = capability.length === BYTES_2 && capability[3] === REVISION_2;
  const root = idOutside(map, plain ? 0 : bytes.readUInt32LE(BYTES_2));
  if (root === undefined) return undefined;
  bytes[3] = REVISION_3;
  bytes.writeUInt32LE(root, BYTES_2);
  outside.set(CAPABILITY_XATTR, bytes);
  return outside;
}
