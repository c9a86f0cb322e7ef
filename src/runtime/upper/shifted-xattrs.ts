import { CAPABILITY_XATTR } from '../../model/capability.js';
import { type IdMap, idInside } from '../id-map.js';

/** The maps of a container's user namespace; both empty when it has none of its own. */
export interface IdMaps {
  readonly uid: IdMap;
  readonly gid: IdMap;
}

/** include/uapi/linux/capability.h: revision in the top byte, bytes of the structures of revisions 2 and 3. */
const REVISION_2 = 0x02;
const REVISION_3 = 0x03;
const BYTES_2 = 20;
const BYTES_3 = 24;
/** include/uapi/linux/posix_acl_xattr.h: a version, then tag, permissions and id of each entry. */
const ACL_HEADER = 4;
const ACL_ENTRY = 8;
const ACL_USER = 0x02;
const ACL_GROUP = 0x08;

/**
 * Replaces the ids that attributes hold by those inside: owners of access control lists, and the root that file
 * capabilities count for, which as root of the container is the plain form that images have (capabilities(7)). Returns the
 * first id that is not mapped, undefined when all are. What is malformed stays as it is.
 */
export function shiftXattrs(xattrs: Map<string, Uint8Array>, maps: IdMaps): number | undefined {
  if (maps.uid.length === 0 && maps.gid.length === 0) return undefined;
  for (const [name, value] of xattrs) {
    const bytes = Buffer.from(value);
    const outside =
      name === CAPABILITY_XATTR
        ? shiftCapability(xattrs, bytes, maps.uid)
        : name === 'system.posix_acl_access' || name === 'system.posix_acl_default'
          ? shiftAcl(xattrs, name, bytes, maps)
          : undefined;
    if (outside !== undefined) return outside;
  }
  return undefined;
}

function shiftCapability(xattrs: Map<string, Uint8Array>, bytes: Buffer, map: IdMap): number | undefined {
  if (bytes.length !== BYTES_3 || bytes[3] !== REVISION_3) return undefined;
  const root = bytes.readUInt32LE(BYTES_2);
  const inside = idInside(map, root);
  if (inside === undefined) return root;
  if (inside === 0) {
    bytes[3] = REVISION_2;
    xattrs.set(CAPABILITY_XATTR, bytes.subarray(0, BYTES_2));
  } else {
    bytes.writeUInt32LE(inside, BYTES_2);
    xattrs.set(CAPABILITY_XATTR, bytes);
  }
  return undefined;
}

function shiftAcl(
  xattrs: Map<string, Uint8Array>,
  name: string,
  bytes: Buffer,
  maps: IdMaps,
): number | undefined {
  for (let at = ACL_HEADER; at + ACL_ENTRY <= bytes.length; at += ACL_ENTRY) {
    const tag = bytes.readUInt16LE(at);
    if (tag !== ACL_USER && tag !== ACL_GROUP) continue;
    const id = bytes.readUInt32LE(at + 4);
    const inside = idInside(tag === ACL_USER ? maps.uid : maps.gid, id);
    if (inside === undefined) return id;
    bytes.writeUInt32LE(inside, at + 4);
  }
  xattrs.set(name, bytes);
  return undefined;
}
