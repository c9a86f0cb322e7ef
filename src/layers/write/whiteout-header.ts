import { tarHeader } from '../../io/tar/write.js';

/** The name that begins a whiteout (OCI image-spec 1.1 layer.md). */
export const WHITEOUT = '.wh.';

/** Returns the member of a whiteout: it has nothing but its name, and no time, so that it is the same each time. */
export function whiteoutHeader(name: Uint8Array): Uint8Array {
  return tarHeader({
    kind: 'file',
    name,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
  });
}
