import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { MAKER, RECORD } from '../../store/maker.js';

/** Where the parts of one container are. All are absolute; `id` is ours, so that no name of an image is in them. */
export interface ContainerFolder {
  readonly id: string;
  /** In the store: what must survive a reboot. */
  readonly root: string;
  readonly record: string;
  /** The process that makes the container; see store/owner.ts. */
  readonly maker: string;
  /** How the container ended. */
  readonly exited: string;
  /** What of the image a commit needs beside the layers, and the configuration's own bytes. */
  readonly image: string;
  readonly imageConfig: string;
  /** The OCI runtime bundle. */
  readonly bundle: string;
  /** What the container wrote (overlayfs). */
  readonly upper: string;
  readonly work: string;
  /** Mount points that the snapshot lacks; below what the container wrote and above the snapshot. Never committed. */
  readonly init: string;
  /** Hard links to the plain layers, by their numbers, and the image of the snapshot. */
  readonly layers: string;
  readonly log: string;
  /** Where everything is mounted, in a mount namespace of the container's own. Not in the store, whose folders are closed. */
  readonly run: string;
  readonly lower: string;
  /** The directory of this machine that is the lowest layer, where one is. */
  readonly base: string;
  /** What the user mounts, with the container's ids. */
  readonly volumes: string;
  readonly rootfs: string;
  /** conmon's control pipe, by which the terminal is told its size. */
  readonly control: string;
  /** What the OCI runtime knows of it. */
  readonly known: string;
  readonly exit: string;
  readonly oom: string;
}

/** Where running containers of this user have what must not survive a reboot. */
export interface RunFolder {
  readonly root: string;
  /** What the OCI runtime knows. */
  readonly engine: string;
  readonly exits: string;
  /** Of these folders. */
  readonly mode: number;
  /** A link to the store whose containers these are. */
  readonly store: string;
  /** File in which it is kept whether EROFS serves. */
  readonly erofs: string;
}

/** Returns the run folder of a store: `key` tells stores apart. */
export function runFolder(
  key: string,
  uid: number,
  env: Readonly<Record<string, string | undefined>>,
): RunFolder {
  const root = path.join(runBase(uid, env), key.slice(0, 12));
  return {
    root,
    engine: path.join(root, 'engine'),
    exits: path.join(root, 'exits'),
    // Root of a container of root's is somebody else, who has to come through.
    mode: uid === 0 ? 0o711 : 0o700,
    store: `${root}.store`,
    erofs: `${root}.erofs`,
  };
}

/**
 * Returns where all run folders of a user are: `/run/strata` for root. For others below the home directory, by the boot: it
 * is to be the same in every session, and what systemd makes for a session goes with the last one although conmon lives on.
 */
export function runBase(uid: number, env: Readonly<Record<string, string | undefined>>): string {
  if (uid === 0) return '/run/strata';
  const own = env.XDG_STATE_HOME;
  const state =
    own !== undefined && path.isAbsolute(own) ? own : path.join(env.HOME ?? homedir(), '.local/state');
  return path.join(state, 'strata/run', bootId());
}

/** Names the time since the machine was started (random(4)). */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
}

/** Returns the folder of a container of that id. */
export function containerFolder(store: string, run: RunFolder, id: string): ContainerFolder {
  const root = path.join(store, 'containers', id);
  const running = path.join(run.root, id);
  return {
    id,
    root,
    record: path.join(root, RECORD),
    maker: path.join(root, MAKER),
    exited: path.join(root, 'exit.json'),
    image: path.join(root, 'image.json'),
    imageConfig: path.join(root, 'image-config'),
    bundle: path.join(root, 'bundle'),
    upper: path.join(root, 'upper'),
    work: path.join(root, 'work'),
    init: path.join(root, 'init'),
    layers: path.join(root, 'layers'),
    log: path.join(root, 'log'),
    run: running,
    lower: path.join(running, 'lower'),
    base: path.join(running, 'base'),
    volumes: path.join(running, 'volumes'),
    rootfs: path.join(running, 'rootfs'),
    control: path.join(root, 'bundle', 'ctl'),
    known: path.join(run.engine, id),
    exit: path.join(run.exits, id),
    oom: path.join(running, 'oom'),
  };
}
