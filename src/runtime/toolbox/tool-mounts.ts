import type { BindMount } from '../spec/user-mounts.js';

/*
 * What strata brings along is mounted below /dev: that is a tmpfs of the container's own, so that no mount point is ever
 * in what is committed.
 */

/** The folder of all that strata brings along. */
export const TOOLS_FOLDER = '/dev/.strata';

/** The first process of `run --init`. */
export const INIT_TARGET = `${TOOLS_FOLDER}/init`;

/** A script of the user. */
export const SCRIPT_TARGET = `${TOOLS_FOLDER}/script`;

export const BUSYBOX_TARGET = `${TOOLS_FOLDER}/busybox`;

/** A link to busybox for each of its applets. */
export const APPLETS_TARGET = `${TOOLS_FOLDER}/bin`;

/** Returns the mount of a file or folder of this machine that the container may read and run, but not change. */
export function toolMount(source: string, target: string): BindMount {
  return {
    kind: 'bind',
    source,
    target,
    readonly: 'top',
    propagation: 'rprivate',
    recursive: false,
    noexec: false,
  };
}

/** Returns the PATH with the toolbox behind what the image has itself. */
export function withToolbox(path: string): string {
  return path === '' ? APPLETS_TARGET : `${path}:${APPLETS_TARGET}`;
}
