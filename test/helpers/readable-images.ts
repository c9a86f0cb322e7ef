import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listImages } from '../../src/images/open.js';
import { corpora } from './corpora.js';

/** One image of the corpora whose layers are all there. */
export interface ReadableImage {
  /** The source's row of IMAGES.tsv. */
  readonly source: string;
  /** Where the source is. */
  readonly file: string;
  readonly kind: string;
  /** What opens exactly this image. */
  readonly name: string;
  /** Of its manifest, or of its configuration in a docker-archive. */
  readonly digest: string;
  /** Its place in what the source lists, from 0. */
  readonly position: number;
}

/** Sources that IMAGES.tsv calls good and that hold nothing to unpack, and why. */
const NOTHING_TO_UNPACK: ReadonlyMap<string, string> = new Map([
  ['go-containerregistry/pkg/v1/layout/test_index_media_type/', 'a helm chart'],
  ['go-containerregistry/pkg/v1/tarball/no_manifest.tar', 'saved before manifest.json was: refused by name'],
  ['regclient/external/', 'artifacts only'],
  ['sylabs-oci-tools/overlayfs-docker-v2-manifest/', 'its layer is squashfs'],
]);

/** Every image of every good source of the corpora, each once, nested ones and every platform included. */
export async function readableImages(): Promise<ReadableImage[]> {
  const found: ReadableImage[] = [];
  for (const line of readFileSync(path.join(corpora(), 'IMAGES.tsv'), 'utf8').split('\n').slice(1)) {
    const [source, kind, , verdict] = line.split('\t');
    if (verdict !== 'OK' || NOTHING_TO_UNPACK.has(source)) continue;
    const file = path.join(corpora(), source).replace(/\/$/, '');
    const listed = await listImages(`${kind === 'oci-dir' ? 'oci' : kind}:${file}`, { spoolDir: tmpdir() });
    for (const [position, { role, present, name, digest }] of listed.entries())
      if (role === 'image' && present && digest !== undefined)
        if (!found.some((one) => one.source === source && one.digest === digest))
          found.push({ source, file, kind, name, digest, position });
  }
  return found;
}
