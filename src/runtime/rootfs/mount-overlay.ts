import { closeSync, constants, openSync } from 'node:fs';
import { type MountOption, mountNew } from '../sys/mount.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';

export interface OverlayLayers {
  /** Uppermost first. */
  readonly lowers: readonly string[];
  /** What is written, and where overlayfs works; undefined: nothing can be. */
  readonly upper: { readonly directory: string; readonly work: string } | undefined;
  readonly marks: OverlayXattrs;
}

/** O_PATH of Linux: a directory is named by it, and need not be readable. */
const O_PATH = 0o10000000;

/**
 * Mounts layers on each other on `target`. They are named by open files: an option of the kernel takes no more than 255
 * bytes, and whoever reads the mounts inside learns nothing of where they are. Throws SystemCallError.
 */
export function mountOverlay({ lowers, upper, marks }: OverlayLayers, target: string): void {
  const open: number[] = [];
  const named = (directory: string): string => {
    const descriptor = openSync(directory, O_PATH | constants.O_DIRECTORY);
    open.push(descriptor);
    return `/proc/self/fd/${String(descriptor)}`;
  };
  try {
    const options: MountOption[] = [['source', 'overlay']];
    for (const lower of lowers) options.push(['lowerdir+', named(lower)]);
    if (upper !== undefined)
      options.push(['upperdir', named(upper.directory)], ['workdir', named(upper.work)]);
    if (marks === 'user') options.push('userxattr');
    // What commit reads must be all there, and mean what it seems to.
    options.push(['index', 'off'], ['metacopy', 'off'], ['redirect_dir', 'nofollow']);
    mountNew('overlay', target, options);
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
