import { decodeName } from '../../model/name.js';
import type { OverlayXattrs } from './upper-entry.js';

/** The extended attributes of one inode of an upper directory, overlayfs's marks taken out (overlayfs.rst). */
export interface CleanXattrs {
  /** `opaque` is `y`. */
  readonly opaque: boolean;
  /** `opaque` is `x`: files in the directory may be whiteouts by their `whiteout` attribute. */
  readonly mayHoldWhiteouts: boolean;
  /** Has the attribute of such a whiteout. */
  readonly whiteout: boolean;
  /** Only metadata was copied up; the content is in a layer below. */
  readonly metadataOnly: boolean;
  /** What the container sees, names as of model/name. */
  readonly xattrs: Map<string, Uint8Array>;
}

/** Labels by which the host's own policy knows its files: they mean nothing on another host. */
const HOST_LABEL = /^security\.(?:selinux|apparmor|ima|evm|SMACK64.*)$/;

/** True for what a layer never holds of the host that the container ran on. */
export function isHostLabel(name: string): boolean {
  return HOST_LABEL.test(name);
}

/**
 * Returns the attributes as the container sees them: `trusted.overlay.X` (or `user.overlay.X`) is overlayfs's own, and
 * `trusted.overlay.overlay.X` is what the container set as `trusted.overlay.X` (overlayfs.rst, "Nesting overlayfs
 * mounts"). `raw` has its names as Latin-1.
 */
export function cleanXattrs(raw: ReadonlyMap<string, Uint8Array>, marks: OverlayXattrs): CleanXattrs {
  const own = `${marks}.overlay.`;
  const escaped = `${own}overlay.`;
  const xattrs = new Map<string, Uint8Array>();
  for (const [name, value] of raw)
    if (name.startsWith(escaped)) xattrs.set(named(own + name.slice(escaped.length)), value);
    else if (!name.startsWith(own) && !isHostLabel(name)) xattrs.set(named(name), value);
  const opaque = Buffer.from(raw.get(`${own}opaque`) ?? []).toString('latin1');
  return {
    opaque: opaque === 'y',
    mayHoldWhiteouts: opaque === 'x',
    whiteout: raw.has(`${own}whiteout`),
    metadataOnly: raw.has(`${own}metacopy`),
    xattrs,
  };
}

function named(latin1: string): string {
  return decodeName(Buffer.from(latin1, 'latin1'));
}
