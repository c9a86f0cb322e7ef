import { StrataError } from '../../model/error.js';
import { readBundle } from '../../runtime/container/bundle.js';
import { findContainer } from '../../runtime/container/containers.js';
import { readPinnedImage } from '../../runtime/container/pinned-image.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import { type ContainerPlace, folderOf, isAlive, stateOf } from '../../runtime/container/state.js';
import { limitsJson, ownMounts, type ShownContainer } from '../../report/container.js';
import { containerPlace } from './place.js';
import type { Context } from '../program/context.js';

export interface NamedContainer {
  readonly place: ContainerPlace;
  readonly record: ContainerRecord;
}

/**
 * Returns the container that a word names, undefined when it names none. With `demanded` it must be one: throws E_NOT_FOUND, E_AMBIGUOUS.
 */
export async function namedContainer(
  context: Context,
  word: string,
  demanded: boolean,
): Promise<NamedContainer | undefined> {
  const place = await containerPlace(context);
  try {
    return { place, record: findContainer(place.store, word) };
  } catch (thrown) {
    if (!demanded && thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return undefined;
    throw thrown;
  }
}

/** Returns everything that is known of a container. Throws E_STORE. */
export async function inspectContainer(
  place: ContainerPlace,
  record: ContainerRecord,
): Promise<ShownContainer> {
  const folder = folderOf(place, record);
  const state = await stateOf(place, record);
  const { config } = await readBundle(folder);
  const { process, linux, mounts, hostname, root } = config;
  const { pinned } = await readPinnedImage(folder);
  const alive = isAlive(state);
  return {
    id: record.id,
    name: record.name,
    created: record.created,
    image: record.image,
    platform: pinned.platform ?? null,
    status: state.status,
    pid: alive ? state.pid : null,
    started: alive ? (state.started ?? null) : null,
    exit: state.status === 'exited' ? (state.exit ?? null) : null,
    command: record.command,
    directory: process.cwd,
    user: process.user,
    env: process.env,
    hostname: hostname ?? null,
    terminal: record.terminal,
    stdin: record.stdin,
    remove: record.remove,
    stopSignal: record.stopSignal,
    engine: record.engine,
    readOnly: root.readonly,
    network: linux.namespaces.some(({ type }) => type === 'network') ? 'none' : 'host',
    mounts: ownMounts(mounts),
    limits: limitsJson(linux.resources),
    idMap: record.idMap,
    paths: {
      root: folder.root,
      log: folder.log,
      upper: folder.upper,
      bundle: folder.bundle,
      snapshot: folder.layers,
    },
  };
}
