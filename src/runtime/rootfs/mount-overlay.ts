import { closeSync, constants, openSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { SystemCallError } from '../sys/libc.js';
import { type MountOption, mountNew } from '../sys/mount.js';
import { mountByPage, PAGE_OPTIONS } from '../sys/page-mount.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';

export interface OverlayLayers {
  /** Uppermost first. */
  readonly lowers: readonly string[];
  /** What is written, and where overlayfs works; undefined: nothing can be. */
  readonly upper: OverlayUpper | undefined;
  readonly marks: OverlayXattrs;
}

export interface OverlayUpper {
  readonly directory: string;
  readonly work: string;
  /** What is written need not survive a power loss: then nobody waits for the disk, and the work directory serves once. */
  readonly volatile?: boolean;
}

/** O_PATH of Linux: a directory is named by it, and need not be readable. */
const O_PATH = 0o10000000;

/**
 * Mounts layers on each other on `target`. They are named by open files: an option of the kernel takes no more than 255
 * bytes, and whoever reads the mounts inside learns nothing of where they are. Throws SystemCallError, and E_PRIVILEGE for
 * more layers than the kernel takes.
 */
export function mountOverlay({ lowers, upper, marks }: OverlayLayers, target: string): void {
  const open: number[] = [];
  const named = (directory: string): string => {
    const descriptor = openSync(directory, O_PATH | constants.O_DIRECTORY);
    open.push(descriptor);
    return `/proc/self/fd/${String(descriptor)}`;
  };
  try {
    const directories = lowers.map(named);
    const options: MountOption[] = [];
    if (upper !== undefined)
      options.push(['upperdir', named(upper.directory)], ['workdir', named(upper.work)]);
    if (upper?.volatile === true) options.push('volatile');
    if (marks === 'user') options.push('userxattr');
    // What commit reads must be all there, and mean what it seems to.
    options.push(['index', 'off'], ['metacopy', 'off'], ['redirect_dir', 'nofollow']);
    mountLayers(directories, options, target);
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

function mountLayers(lowers: readonly string[], options: readonly MountOption[], target: string): void {
  const each = lowers.map((lower): MountOption => ['lowerdir+', lower]);
  try {
    mountNew('overlay', target, [['source', 'overlay'], ...each, ...options]);
  } catch (thrown) {
    // Linux before 6.8 takes all layers in one option only, which for fsconfig(2) is too long.
    if (!(thrown instanceof SystemCallError) || thrown.errno !== 'EINVAL') throw thrown;
    const words = options.map((option) => (typeof option === 'string' ? option : option.join('=')));
    const text = [`lowerdir=${lowers.join(':')}`, ...words].join(',');
    if (text.length > PAGE_OPTIONS)
      fail('E_PRIVILEGE', `mounting ${String(lowers.length)} layers: Linux before 6.8 takes about 220`, {
        hint: 'use a newer kernel, or an image with fewer layers: strata commit --squash makes one',
        cause: thrown,
      });
    try {
      mountByPage('overlay', target, text);
    } catch {
      // The first one has the kernel's words.
      throw thrown;
    }
  }
}
