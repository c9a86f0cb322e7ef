import type { Compression, Image } from '../model/image.js';
import { fail, StrataError } from '../model/error.js';
import type { ByteRange } from '../model/byte-range.js';
import { promisedDigest, readDockerManifests } from '../model/docker-manifest.js';
import type { ImageSelector } from '../model/reference.js';
import { createAnomalyLog } from '../model/anomaly.js';
import { type ArchiveFiles, archiveFiles } from './archive-files.js';
import type { OpenContext } from './context.js';
import { describeHead, hintFor } from './describe.js';
import {
  holdDockerArchive,
  listDockerArchive,
  openDockerArchive,
  readDockerArchive,
} from './docker-archive.js';
import { digestOf, type Files, layoutBlobPath, readHead, readJson } from './files.js';
import { holdLayout } from './hold-layout.js';
import type { ListedImage } from './listing.js';
import { type Layout, listLayout, openLayout, readLayout } from './oci.js';
import { looksLikeTar } from './rootfs.js';
import type { Held } from './source.js';

/** An image archive whose kind is known. */
export interface Archive {
  /** As it is written: `docker-archive:app.tar`. */
  readonly label: string;
  open(selector: ImageSelector | undefined): Promise<Image>;
  list(): Promise<readonly ListedImage[]>;
  all(selector: ImageSelector | undefined): Promise<readonly Held[]>;
}

export type ArchiveKind = 'docker-archive' | 'oci-archive';

/**
 * Returns the image archive in a plain tar. Without a stated kind, manifest.json or index.json says which it is. Docker 25
 * and later write both. Then index.json is taken when everything it lists is there: it has the digests, media types,
 * platforms and attestations that manifest.json lacks; else manifest.json, which Docker itself loads. Whether both
 * mean the same images is checked. Throws E_NOT_AN_IMAGE, saying what it looks like.
 */
export async function readArchive(
  range: ByteRange,
  target: string,
  kind: ArchiveKind | undefined,
  context: OpenContext,
): Promise<Archive> {
  const head = readHead(range, HEAD_BYTES);
  if (!looksLikeTar(head)) failNotTar(head, target, 'none');
  const files = await archiveFiles(range, target, context);
  if (kind === 'docker-archive') return dockerView(files, target, context);
  if (kind === 'oci-archive') return ociView(files, await readLayout(files, context), target, context);
  const hasLayout = files.has('index.json') || files.has('oci-layout');
  if (!files.has('manifest.json') && !hasLayout) failNotAnImage(files, target);
  if (!hasLayout) return dockerView(files, target, context);
  if (!files.has('manifest.json')) return ociView(files, await readLayout(files, context), target, context);
  const layout = await readLayout(files, context);
  return (await isComplete(layout, files))
    ? ociView(files, layout, target, context)
    : dockerView(files, target, context);
}

/** Bytes of a file that tell whether it is a tar. */
const HEAD_BYTES = 512;

/** Throws E_NOT_AN_IMAGE, saying what the file looks like, and what the compressed file holds. */
export function failNotTar(head: Uint8Array, target: string, wrapping: Compression): never {
  const inside = describeHead(head);
  const hint = hintFor(inside, target);
  const what = wrapping === 'none' ? inside : `a ${wrapping} file that holds ${inside}`;
  return fail(
    'E_NOT_AN_IMAGE',
    `opening '${target}': it is ${what}, not an image`,
    hint === undefined ? {} : { hint },
  );
}

/** Yields the stream when it begins like a tar, and calls `refuse` before anything else of it is read when not. */
export async function* requireTar(
  stream: AsyncIterable<Uint8Array>,
  refuse: (head: Uint8Array) => never,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stream) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    if (!looksLikeTar(head)) refuse(head);
    yield head;
    head = undefined;
  }
  if (head !== undefined) refuse(head);
}

/** True when the index lists something, and every manifest it lists is there. */
async function isComplete(layout: Layout, files: Files): Promise<boolean> {
  for (const { digest } of layout.index.manifests)
    if ((await files.find(layoutBlobPath(digest))) === undefined) return false;
  return layout.index.manifests.length > 0;
}

async function dockerView(files: ArchiveFiles, target: string, context: OpenContext): Promise<Archive> {
  const label = `docker-archive:${target}`;
  const archive = await readDockerArchive(files, context);
  return {
    label,
    open: (selector) => openDockerArchive(archive, label, selector, context),
    list: () => listDockerArchive(archive, label, context),
    all: (selector) => holdDockerArchive(archive, label, selector, context),
  };
}

function ociView(
  files: ArchiveFiles,
  layout: Layout,
  target: string,
  context: OpenContext,
): Promise<Archive> {
  const label = `oci-archive:${target}`;
  return Promise.resolve({
    label,
    open: async (selector) => {
      const image = await openLayout(layout, 'oci-archive', label, selector, context);
      if (selector === undefined && image.siblings.length === 0) await compareViews(files, image, context);
      return image;
    },
    list: () => listLayout(layout, label, context),
    all: (selector) => holdLayout(layout, 'oci-archive', label, selector, context),
  });
}

/** Records it when the manifest.json beside a layout of one image describes another one. */
async function compareViews(files: ArchiveFiles, image: Image, context: OpenContext): Promise<void> {
  const range = await files.resolve('manifest.json');
  if (range === undefined || image.rawConfig === undefined) return;
  const differ = (detail: string): void =>
    context.anomalies.add('archive-views-differ', 'manifest.json', detail);
  try {
    const { root } = readJson(range, 'manifest.json', context.limits, 'E_MANIFEST');
    const manifests = readDockerManifests(root, context.limits, createAnomalyLog());
    if (manifests.length !== 1) {
      differ(`${manifests.length} images`);
      return;
    }
    const [manifest] = manifests;
    if (promisedDigest(manifest.config) !== digestOf(image.rawConfig))
      differ(`configuration ${manifest.config}`);
    const blobs = manifest.layers.map((path) => promisedDigest(path));
    if (blobs.length !== image.layers.length || blobs.some((digest, i) => digest !== image.layers[i].digest))
      differ('layers');
  } catch (thrown) {
    if (!(thrown instanceof StrataError)) throw thrown;
    differ(thrown.message);
  }
}

function failNotAnImage(files: ArchiveFiles, target: string): never {
  const legacy = files.has('repositories');
  const nested = files.sample.map((path) => /^(.*)\/(?:index|manifest)\.json$/.exec(path)?.[1]).find(Boolean);
  const hint = legacy
    ? 'it was saved by Docker before 1.10; load it into a newer Docker and save it again'
    : nested === undefined
      ? `to read it as a file tree write rootfs:${target}`
      : `its image is in the folder '${nested}'; unpack it and open the folder`;
  const what = legacy
    ? 'a tar archive with repositories but no manifest.json'
    : 'a tar archive without manifest.json or index.json';
  return fail('E_NOT_AN_IMAGE', `opening '${target}': it is ${what}`, { hint });
}
