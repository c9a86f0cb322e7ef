import { TAR_END, tarHeader, tarPadding } from '../../io/tar/write.js';
import { fail } from '../../model/error.js';
import { familiarName } from '../../model/distribution-name.js';
import { LAYOUT_TEXT } from '../../store/layout-names.js';
import { layoutBlobPath } from '../files.js';
import { indexDocument } from './index-document.js';
import { dockerAnnotations, ociAnnotations } from './name-annotations.js';
import { distinctBlobs, isTree, type Named, type NamedImage, type OutgoingBlob } from './outgoing-image.js';

export interface ArchiveOptions {
  /** Takes the next piece of the archive, which stays as it is until the promise settles. Called one at a time. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Told of the bytes of blobs. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * Writes images as one tar. An `oci-archive` is an image layout (OCI image-spec 1.1 image-layout.md); a `docker-archive` is
 * one with a manifest.json beside it, as Docker 25 and later write it: classic Docker, podman and skopeo read
 * manifest.json, newer ones and umoci the layout. Every blob is in it once and verified as it goes by. The documents that
 * make it an image come last, so that an archive that is cut off is none. Same images and names, same bytes. Throws what
 * reading the blobs throws, E_USAGE for a tree in a `docker-archive`, which lists images alone.
 */
export async function writeArchive(
  images: readonly Named[],
  kind: 'docker-archive' | 'oci-archive',
  { write, onBytes }: ArchiveOptions,
): Promise<void> {
  const isDocker = kind === 'docker-archive';
  const listed = isDocker ? images.map(single) : [];
  const blobs = distinctBlobs(images.map(({ image }) => image));
  const directories = ['blobs/', ...new Set(blobs.map(({ digest }) => `blobs/${digest.split(':')[0]}/`))];
  for (const directory of directories) await write(header(directory, 'directory', 0));
  for (const blob of blobs) await writeBlob(blob);
  const file = async (name: string, text: string): Promise<void> => {
    const bytes = Buffer.from(text);
    await write(header(name, 'file', bytes.length));
    await write(bytes);
    await write(tarPadding(bytes.length));
  };
  await file('oci-layout', LAYOUT_TEXT);
  const annotations = isDocker ? dockerAnnotations(images.flatMap(({ names }) => names)) : ociAnnotations;
  await file('index.json', indexDocument(images, annotations));
  if (isDocker) await file('manifest.json', JSON.stringify(listed.map(dockerEntry)));
  await write(TAR_END);

  async function writeBlob({ digest, size, read }: OutgoingBlob): Promise<void> {
    if (read === undefined) return;
    await write(header(layoutBlobPath(digest), 'file', size));
    for await (const chunk of read()) {
      await write(chunk);
      onBytes?.(chunk.length);
    }
    await write(tarPadding(size));
  }
}

function single({ image, names }: Named): NamedImage {
  if (!isTree(image)) return { image, names };
  return fail('E_USAGE', `writing the docker-archive: ${image.manifest.digest} is not one image`, {
    hint: 'oci-archive:FILE and oci:DIR hold an index with all its platforms; --platform chooses one of them',
  });
}

function header(name: string, kind: 'file' | 'directory', size: number): Uint8Array {
  return tarHeader({
    kind,
    name: Buffer.from(name),
    mode: kind === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
  });
}

/** An entry of manifest.json (moby image-spec v1.2); `LayerSources` as Docker 25 has it, by diffID. */
function dockerEntry({ image, names }: NamedImage): object {
  const { config, layers } = image;
  return {
    Config: layoutBlobPath(config.digest),
    RepoTags: names.length === 0 ? null : names.map(familiarName),
    Layers: layers.map(({ digest }) => layoutBlobPath(digest)),
    LayerSources: Object.fromEntries(
      layers.map(({ diffID, mediaType, digest, size }) => [diffID, { mediaType, size, digest }]),
    ),
  };
}
