import { closeSync, constants, fstatSync, type Stats } from 'node:fs';
import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import type { Limits } from '../../model/limits.js';
import type { ContainerRecord } from '../container/record.js';
import type { ContainerPlace } from '../container/state.js';
import type { IdMap } from '../id-map.js';
import { O_PATH, openBeneath, openInside } from '../sys/open-inside.js';
import { withContainerFiles } from './container-files.js';
import { type Copied, type CopyCounter, createCounter } from './copied.js';
import type { CopySink } from './copy-entry.js';
import { type CopyEnd, type CopyForm, copyForm, type EndKind } from './copy-rules.js';
import { containerPaths, hostPaths, locate, type Located, type OpenPath } from './locate.js';
import { readTar } from './read-tar.js';
import { readTree, type ReadTreeOptions } from './read-tree.js';
import { createTarSink } from './tar-sink.js';
import { createTreeWriter, type TreeTarget } from './tree-writer.js';
import type { WritePolicy } from './write-node.js';

/** The end of a copy on this machine: a path, or a tar. */
export type HostSource = string | AsyncIterable<Uint8Array>;
export type HostTarget = string | ((bytes: Uint8Array) => Promise<void>);

export interface CopyOptions {
  /** Keep owners, set-user-id bits, devices and all attributes. */
  readonly archive: boolean;
  /** Copy what a link at the end of SRC leads to. */
  readonly follow: boolean;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

const { O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Copies a file or directory of a container to this machine, or as a tar, by the rules of `docker cp`; nothing outside of
 * the container's files is read, whatever it does meanwhile, and nothing is written through a link of the copied tree.
 * Throws E_NOT_FOUND, E_EXISTS, E_UNREADABLE, E_UNWRITABLE, E_DISK_FULL, E_UNSAFE_PATH.
 */
export async function copyOut(
  place: ContainerPlace,
  record: ContainerRecord,
  path: string,
  target: HostTarget,
  options: CopyOptions,
): Promise<Copied> {
  const counter = createCounter(options.archive);
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const policy = { idMap: [], archive: options.archive, owner, onLoss: counter.onLoss };
  await withContainerFiles(place, record, (root) => {
    const tree = { ...options, runtimes: runtimesFiles(root) };
    const shown = `${record.name}:${path}`;
    return withLocated(containerPaths(root), path, shown, options.follow, (source, end) => {
      if (typeof target !== 'string') return packTree(source, end, target, record.idMap, tree, counter);
      const to = { open: hostPaths(), path: target, shown: target };
      return copyTree(source, end, to, record.idMap, policy, tree, counter);
    });
  });
  return counter.copied();
}

/**
 * Copies a file or directory of this machine, or what is in a tar, to a container by the rules of `docker cp`; nothing
 * outside of the container's files is written, whatever it does meanwhile. Throws as {@link copyOut}, and E_TAR.
 */
export async function copyIn(
  place: ContainerPlace,
  record: ContainerRecord,
  source: HostSource,
  path: string,
  options: CopyOptions,
): Promise<Copied> {
  const counter = createCounter(options.archive);
  const owner = { uid: 0, gid: 0 };
  const policy = { idMap: record.idMap, archive: options.archive, owner, onLoss: counter.onLoss };
  const shown = `${record.name}:${path}`;
  await withContainerFiles(place, record, (root) => {
    const target = { open: containerPaths(root), path, shown };
    return typeof source === 'string'
      ? withLocated(hostPaths(), source, source, options.follow, (from, end) =>
          copyTree(from, end, target, [], policy, options, counter),
        )
      : unpackTree(source, target, policy, options, counter);
  });
  return counter.copied();
}

type TreeOptions = CopyOptions & Pick<ReadTreeOptions, 'runtimes'>;

/** Where a container runs, /dev is what the runtime has made in memory; else there is nothing in its place. */
function runtimesFiles(root: number): bigint | undefined {
  try {
    const dev = openInside(root, '/dev', O_PATH | O_DIRECTORY | O_NOFOLLOW);
    try {
      const [own, above] = [dev, root].map((descriptor) => fstatSync(descriptor, { bigint: true }).dev);
      return own === above ? undefined : own;
    } finally {
      closeSync(dev);
    }
  } catch {
    return undefined;
  }
}

interface Target {
  readonly open: OpenPath;
  readonly path: string;
  readonly shown: string;
}

async function copyTree(
  source: Located,
  from: CopyEnd,
  { open, path, shown }: Target,
  idMap: IdMap,
  policy: WritePolicy,
  { signal, runtimes }: TreeOptions,
  counter: CopyCounter,
): Promise<void> {
  await withLocated(open, path, shown, true, async (target, to) => {
    const form = copyForm(from, to);
    await writing(targetOf(form, source, target, shown), policy, (sink) =>
      readTree(source, counter.count(sink), { idMap, onLoss: counter.onLoss, runtimes, signal }),
    );
  });
}

async function unpackTree(
  source: AsyncIterable<Uint8Array>,
  { open, path, shown }: Target,
  policy: WritePolicy,
  { limits, signal }: CopyOptions,
  counter: CopyCounter,
): Promise<void> {
  await withLocated(open, path, shown, true, async (target, { kind }) => {
    if (kind !== 'directory')
      fail('E_NOT_FOUND', `unpacking to ${shown}: there is no such directory`, {
        hint: 'name one that is there',
      });
    await writing(targetOf('contents', target, target, shown), policy, (sink) =>
      readTar(source, counter.count(sink), { limits, signal }),
    );
  });
}

async function packTree(
  source: Located,
  from: CopyEnd,
  write: (bytes: Uint8Array) => Promise<void>,
  idMap: IdMap,
  { signal, runtimes }: TreeOptions,
  counter: CopyCounter,
): Promise<void> {
  copyForm(from, { kind: 'directory', contents: false, wantsDirectory: true, shown: '-' });
  const sink = createTarSink(from.contents || source.typed === '' ? '.' : source.typed, write);
  await readTree(source, counter.count(sink), { idMap, onLoss: counter.onLoss, runtimes, signal });
  await sink.finish();
}

/** Has what was begun finished, or taken away. */
async function writing(
  target: TreeTarget & { readonly close: () => void },
  policy: WritePolicy,
  fill: (sink: CopySink) => Promise<void>,
): Promise<void> {
  try {
    const writer = createTreeWriter(target, policy);
    try {
      await fill(writer);
      await writer.finish();
    } catch (thrown) {
      writer.abandon();
      throw thrown;
    }
  } finally {
    target.close();
  }
}

function targetOf(
  form: CopyForm,
  source: Located,
  target: Located,
  shown: string,
): TreeTarget & { readonly close: () => void } {
  if (form === 'as') return { directory: target.directory, name: target.name, shown, close: () => undefined };
  const directory = openBeneath(target.directory, target.name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  const close = (): void => {
    closeSync(directory);
  };
  // The root of a container has no name of its own.
  if (form === 'contents' || source.typed === '') return { directory, name: undefined, shown, close };
  return {
    directory,
    name: encodeName(source.typed),
    shown: `${shown.replace(/\/+$/, '')}/${source.typed}`,
    close,
  };
}

async function withLocated<T>(
  open: OpenPath,
  path: string,
  shown: string,
  follow: boolean,
  use: (located: Located, end: CopyEnd) => Promise<T>,
): Promise<T> {
  const located = locate(open, path, shown, follow);
  const { stats, wantsDirectory, contents } = located;
  try {
    return await use(located, { kind: stats && kindOf(stats), wantsDirectory, contents, shown });
  } finally {
    closeSync(located.directory);
  }
}

function kindOf(stats: Pick<Stats, 'isDirectory' | 'isFile' | 'isSymbolicLink'>): EndKind {
  if (stats.isDirectory()) return 'directory';
  return stats.isFile() || stats.isSymbolicLink() ? 'file' : 'node';
}
