import { existsSync } from 'node:fs';
import { createAnomalyLog } from '../model/anomaly.js';
import type { Image } from '../model/image.js';
import { DEFAULT_LIMITS } from '../model/limits.js';
import { hostPlatform } from '../model/platform.js';
import { parseReference, type Reference } from '../model/reference.js';
import type { OpenContext } from './context.js';
import type { ListedImage } from './listing.js';
import { pathSource } from './path-source.js';
import type { Held, OpenOptions, Source } from './source.js';
import { storeSource } from './store-source.js';

export type { ListedImage } from './listing.js';
export type { Held, OpenOptions } from './source.js';

/** An open image. Its byte ranges stay valid until `close`. */
export interface OpenedImage {
  readonly image: Image;
  readonly close: () => Promise<void>;
}

/**
 * Opens the image that a reference or its text names, without reading any layer. Its manifest and configuration have
 * their digests, and every layer's blob has the size its descriptor says. Throws E_REFERENCE, E_USAGE, E_NOT_FOUND,
 * E_AMBIGUOUS, E_PLATFORM, E_NOT_AN_IMAGE, E_NOT_CONTAINER_IMAGE, E_BLOB_MISSING, E_UNREADABLE, and for damaged or
 * hostile input E_JSON, E_MANIFEST, E_CONFIG, E_DIGEST_INVALID, E_DIGEST_MISMATCH, E_SIZE_MISMATCH, E_MEDIA_TYPE,
 * E_LIMIT, E_TAR, E_TRUNCATED and E_COMPRESSION; nothing is left open then.
 */
export async function openImage(name: string | Reference, options: OpenOptions): Promise<OpenedImage> {
  const source = await openSource(name, options);
  const image = await orClosed(source, source.open());
  return { image, close: () => source.close() };
}

/** Everything that a reference names, open until `close`. */
export interface HeldImages {
  readonly held: readonly Held[];
  readonly close: () => Promise<void>;
}

/** Opens every image that a reference names, all platforms of each. Throws as {@link openImage}. */
export async function openAll(name: string | Reference, options: OpenOptions): Promise<HeldImages> {
  const source = await openSource(name, options);
  const held = await orClosed(source, source.all());
  return { held, close: () => source.close() };
}

/** Returns every manifest that the source of a reference holds. Throws as {@link openImage}. */
export async function listImages(
  name: string | Reference,
  options: OpenOptions,
): Promise<readonly ListedImage[]> {
  const source = await openSource(name, options);
  try {
    return await source.list();
  } finally {
    await source.close();
  }
}

async function openSource(name: string | Reference, options: OpenOptions): Promise<Source> {
  const reference = typeof name === 'string' ? parseReference(name, existsSync) : name;
  const context: OpenContext = {
    limits: options.limits ?? DEFAULT_LIMITS,
    platform: options.platform,
    host: hostPlatform(process.arch),
    anomalies: createAnomalyLog(),
    signal: options.signal,
  };
  switch (reference.transport) {
    case 'name':
    case 'store':
      return storeSource(reference, options, context);
    case 'path':
    case 'oci':
    case 'dir':
    case 'rootfs':
    case 'docker-archive':
    case 'oci-archive':
      return pathSource(reference, options, context);
  }
}

/** Passes on what is read of a source; one that cannot be read is closed first. */
async function orClosed<T>(source: Source, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}
