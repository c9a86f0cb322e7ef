import { availableParallelism } from 'node:os';
import { createPool } from '../../io/pool.js';
import { encodeIndex } from '../index/index-file.js';
import { failRead } from '../read/changed-content.js';
import type { ContentOptions } from '../read/content.js';
import { type KnownFile, openKnown } from '../read/known-file.js';
import { type FilesPart, type FilesPlace, inParts, type LayerFiles, makeFiles } from './layer-files.js';
import type { BeginFiles, FilesJob } from './serve-files.js';

/** Where the module of a thread that makes files is, and what it makes them with. */
export interface FileWorker<Settings, Made> {
  /** An import.meta.url that `name` is beside. */
  readonly base: string;
  readonly name: string;
  readonly begin: BeginFiles<Settings, Made>;
  readonly settings: Settings;
}

/** Makes regular files of layers in several threads, or in this one where there is little to do. */
export interface FileThreads<Made> {
  /**
   * Makes the files in directories that are there; returns what each thread said of its part. Layers may be given while
   * others are under way. Throws what {@link makeFiles} throws; the first error ends all that is under way.
   */
  readonly make: (files: LayerFiles, place: FilesPlace) => Promise<readonly Made[]>;
  /** Resolves when no thread is left: nothing is written any more. */
  readonly close: () => Promise<void>;
}

/** Each has a buffer or two for what it reads, and all write to one disk. */
const MOST_THREADS = 4;
/** Less than this is done before a thread has started. */
const WORTH_A_THREAD = 64 * 1024 * 1024;

/** How much there is to make of one layer. */
export interface FilesWork {
  /** In the measure of {@link costOf}. */
  readonly cost: number;
  /** Whether several threads can read it. */
  readonly divides: boolean;
}

/** Returns how many threads are worth their start for making these files: 0 for none beside this one. */
export function threadsFor(layers: readonly FilesWork[]): number {
  const cost = layers.reduce((sum, files) => sum + files.cost, 0);
  const most = layers.some(({ divides }) => divides) ? MOST_THREADS : layers.length;
  const threads = Math.min(availableParallelism(), MOST_THREADS, most);
  return threads < 2 || cost < WORTH_A_THREAD ? 0 : threads;
}

/** Orders layers: what only one thread can read first, since parts of others fill what is left; and the largest first. */
export function byWork(a: FilesWork, b: FilesWork): number {
  return Number(a.divides) - Number(b.divides) || b.cost - a.cost;
}

/** Returns what makes files with so many threads; 0: in this one. To be closed. */
export function createFileThreads<Settings, Made>(
  { base, name, begin, settings }: FileWorker<Settings, Made>,
  threads: number,
  options: ContentOptions & { readonly onBytes?: ((count: number) => void) | undefined },
): FileThreads<Made> {
  const { limits, signal, store, onBytes } = options;
  if (threads === 0)
    return {
      make: async (files, place) => [
        await makeFiles(files, place, begin(settings, onBytes ?? (() => undefined)), options),
      ],
      close: () => Promise.resolve(),
    };
  const pool = createPool<FilesJob<Settings>, Made, number>(base, name, threads, {
    ask: true,
    transfer: ({ index }) => [index.buffer],
  });
  let first: { readonly error: unknown } | undefined;
  const inThreads = async (files: LayerFiles, place: FilesPlace): Promise<readonly Made[]> => {
    const { layer, index, known } = files;
    const jobOf = (part: FilesPart) => (): FilesJob<Settings> => ({
      files: { layer, known, ...part },
      index: encodeIndex(index),
      place,
      limits,
      settings,
    });
    return Promise.all(
      inParts(files, threads).map((part) => pool.run(jobOf(part), { signal, onReport: onBytes })),
    );
  };
  return {
    async make(files, place) {
      let known: KnownFile | undefined;
      try {
        const { content, position } = files.layer;
        if (store !== undefined && files.known === undefined && content.kind === 'blob')
          known = await openKnown(store, content, files.index.diffID, signal);
        const made = await inThreads({ ...files, known: files.known ?? known?.descriptor }, place);
        if ((await known?.isSame()) === false) failRead(`layer ${String(position)}`);
        return made;
      } catch (thrown) {
        // What comes after it is only that threads stop.
        first ??= { error: thrown };
        await pool.close();
        throw first.error;
      } finally {
        await known?.close();
      }
    },
    close: pool.close,
  };
}
