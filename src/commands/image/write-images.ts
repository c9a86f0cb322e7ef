import { escapeForTerminal } from '../../report/escape.js';
import { plural } from '../../report/bytes.js';
import { fail } from '../../model/error.js';
import type { Image } from '../../model/image.js';
import { formatPlatform } from '../../model/platform.js';
import type { Destination } from '../../images/write/destination.js';
import {
  distinctBlobs,
  isTree,
  type Named,
  type OutgoingImage,
  type OutgoingTree,
} from '../../images/write/outgoing-image.js';
import type { Context } from '../program/context.js';
import { ownStore } from '../program/own-store.js';
import { stopIfAborted } from '../program/failure.js';
import { createFileOutput } from '../file/file-output.js';

/** A destination that is written as one tar. */
type ArchiveDestination = Extract<Destination, { readonly transport: 'docker-archive' | 'oci-archive' }>;

const STDOUT = '-';

/** Throws when standard output cannot have the archive. */
export function checkStdout(destination: Destination, context: Context): void {
  if (!isArchive(destination) || destination.target !== STDOUT) return;
  if (context.terminal.stdout.isTTY)
    fail('E_BINARY_TO_TERMINAL', 'writing the archive to standard output: it is a terminal', {
      hint: 'redirect it, or name a file',
    });
  if (context.json)
    fail('E_USAGE', 'reading the command line: --json and the archive both need standard output', {
      hint: 'name a file for the archive',
    });
}

/** Returns an image as it is to be written there, and tells what will not be as it was. */
export async function prepareImage(
  context: Context,
  image: Image,
  destination: Pick<Destination, 'transport'>,
  { toOci }: { readonly toOci: boolean },
): Promise<OutgoingImage> {
  const { outgoingImage } = await import('../../images/write/outgoing.js');
  const { limits, signal, log } = context;
  const classic = destination.transport === 'docker-archive';
  const outgoing = await outgoingImage(image, { classic }, { limits, signal, toOci });
  for (const note of outgoing.notes) log.info(`${image.name}: ${note}`);
  const others = otherPlatforms(image);
  if (others.length > 0 && image.platform !== undefined)
    log.info(
      `${image.name}: only ${formatPlatform(image.platform)} is written, not ${others.join(', ')}: --platform chooses`,
    );
  return outgoing;
}

function otherPlatforms({ siblings, platform }: Image): readonly string[] {
  const own = platform === undefined ? '' : formatPlatform(platform);
  const names = siblings
    .filter(({ role, tags, present }) => role === 'image' && tags.length === 0 && present)
    .map((sibling) => (sibling.platform === undefined ? '' : formatPlatform(sibling.platform)));
  return [...new Set(names)].filter((name) => name !== '' && name !== own);
}

/** Writes the images, whole or not at all, with progress. Throws what the writer of that form throws. */
export async function writeImages(
  context: Context,
  images: readonly Named[],
  destination: Destination,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { progress, signal } = context;
  const blobs = distinctBlobs(images.map(({ image }) => image));
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const onBytes = (count: number): void => {
    progress.advance(count);
  };
  progress.begin(total, `writing ${plural(images.length, 'image')}`);
  try {
    if (isArchive(destination)) await writeToArchive(context, images, destination, { force, onBytes });
    else if (destination.transport === 'oci') {
      await refuseStore(context, destination.target);
      const { writeLayout } = await import('../../images/write/layout.js');
      await writeLayout(images, destination.target, { onBytes, signal });
    } else if (destination.transport === 'dir') {
      const { writeDir } = await import('../../images/write/dir.js');
      if (images.length > 1)
        fail('E_USAGE', `writing dir:${destination.target}: it holds one image`, {
          hint: 'oci-archive and docker-archive hold several',
        });
      await writeDir(images[0].image, destination.target, { onBytes });
    } else {
      const { writeToStore } = await import('../../images/write/store.js');
      await writeToStore(await ownStore(context), images, { onBytes });
    }
  } finally {
    progress.end();
  }
}

function isArchive(destination: Destination): destination is ArchiveDestination {
  return destination.transport === 'docker-archive' || destination.transport === 'oci-archive';
}

async function writeToArchive(
  context: Context,
  images: readonly Named[],
  { transport, target }: ArchiveDestination,
  { force, onBytes }: { readonly force: boolean; readonly onBytes: (count: number) => void },
): Promise<void> {
  const { writeArchive } = await import('../../images/write/archive.js');
  const file = target === STDOUT ? undefined : createFileOutput(target, force);
  const write = (bytes: Uint8Array): Promise<void> => {
    stopIfAborted(context.signal);
    return file === undefined ? context.output.write(bytes) : file.write(bytes);
  };
  try {
    await writeArchive(images, transport, { write, onBytes });
    file?.publish();
  } finally {
    file?.discard();
  }
}

/** The store is a layout, but has names and locks that a writer of layouts knows nothing of. */
async function refuseStore({ storePaths }: Context, target: string): Promise<void> {
  const { realpath } = await import('node:fs/promises');
  const real = (place: string): Promise<string> => realpath(place).catch(() => place);
  if ((await real(target)) === (await real(storePaths.root)))
    fail('E_USAGE', `writing oci:${target}: it is the local store`, { hint: 'write store:NAME' });
}

/** Returns the line for each image: its digest, and what it is called there. */
export function* writtenLines(images: readonly Named[], where: string): Generator<string> {
  for (const { image, names } of images)
    yield `${image.manifest.digest}  ${escapeForTerminal(names.length === 0 ? where : names.join(' '))}`;
}

/** Returns what was written as JSON has it. */
export function writtenJson({ image, names }: Named): object {
  if (isTree(image)) return treeJson(image, names);
  const { manifest, config, layers, platform, kept, notes } = image;
  return {
    names,
    digest: manifest.digest,
    config: config.digest,
    mediaType: manifest.mediaType,
    platform: platform ?? null,
    layers: layers.map(({ digest, diffID, size, mediaType, read }) => ({
      digest,
      diffID,
      size,
      mediaType,
      written: read !== undefined,
    })),
    kept,
    notes,
  };
}

function treeJson({ manifest, manifests, kept, notes }: OutgoingTree, names: readonly string[]): object {
  const { digest, mediaType } = manifest;
  return {
    names,
    digest,
    config: null,
    mediaType,
    platform: null,
    layers: [],
    manifests: manifests.map((one) => ({ digest: one.digest, mediaType: one.mediaType, size: one.size })),
    kept,
    notes,
  };
}
