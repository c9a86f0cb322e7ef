/** What hostile input may cost at most. Every number can be raised or lowered with `--limit name=value`. */
export interface Limits {
  /** Bytes of one JSON document: manifest, index, config (containers/image uses 4 MiB). */
  readonly json: number;
  /** Nesting depth of a JSON document. */
  readonly jsonDepth: number;
  /** Depth to which nested image indexes are followed. */
  readonly indexDepth: number;
  /** Layers of one image. */
  readonly layers: number;
  /** Steps of one image's history, of which those that changed no file have no layer. */
  readonly history: number;
  /** Plain bytes of one layer; also the bytes of content that `export` and `cat` write, holes as zeros. */
  readonly layerBytes: number;
  /** Entries of one layer. */
  readonly entries: number;
  /** Bytes that one layer's entries have in names, link targets, extended attributes and sparse maps together. */
  readonly indexBytes: number;
  /** Bytes that the indexes of all layers of an image take in memory; the union takes about as many again. */
  readonly imageIndexBytes: number;
  /** Bytes of a path (PATH_MAX of Linux is 4096 with its NUL). */
  readonly path: number;
  /** Bytes of one path component (NAME_MAX of Linux). */
  readonly name: number;
  /** Bytes of one PAX or GNU long-name header body. */
  readonly paxHeader: number;
  /** Fragments of one sparse file. */
  readonly sparseFragments: number;
  /**
   * Plain bytes per compressed byte, checked once a layer is over 4 GiB plain, a compressed archive over 1 GiB. gzip
   * reaches 1032, but honest layers 2 to 20, and logs 100; sparse database files of nearly nothing reach 1000 for a few
   * GiB, which the allowance is for.
   */
  readonly expansion: number;
  /** Window of a zstd frame in bytes (containers/image: 128 MiB). */
  readonly zstdWindow: number;
  /** Members of an outer archive. */
  readonly archiveMembers: number;
}

/** What a limit counts, as `--limit` is written; a count unless it is here. */
const UNITS: Partial<Readonly<Record<keyof Limits, string>>> = {
  json: 'BYTES',
  layerBytes: 'BYTES',
  indexBytes: 'BYTES',
  imageIndexBytes: 'BYTES',
  path: 'BYTES',
  name: 'BYTES',
  paxHeader: 'BYTES',
  zstdWindow: 'BYTES',
  expansion: 'TIMES',
};

/** Returns the hint that says how a limit is raised. */
export function limitHint(limit: keyof Limits): string {
  return `raise it with --limit ${limit}=${UNITS[limit] ?? 'COUNT'} if you trust the image`;
}

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

export const DEFAULT_LIMITS: Limits = {
  json: 4 * MiB,
  jsonDepth: 64,
  indexDepth: 16,
  layers: 500,
  history: 10_000,
  layerBytes: 100 * GiB,
  entries: 4_000_000,
  indexBytes: 256 * MiB,
  imageIndexBytes: 512 * MiB,
  path: 4095,
  name: 255,
  paxHeader: MiB,
  sparseFragments: 100_000,
  expansion: 200,
  zstdWindow: 128 * MiB,
  archiveMembers: 200_000,
};
