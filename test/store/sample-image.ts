import { createHash } from 'node:crypto';
import type { Descriptor } from '../../src/model/descriptor.js';
import type { Digest } from '../../src/model/digest.js';

/** A whole image made from a seed: what the store sees of it. */
export interface SampleImage {
  readonly manifest: Descriptor;
  /** Manifest, configuration, layers. */
  readonly blobs: readonly Uint8Array[];
}

export function sampleImage(seed: string, layerBytes = 1000): SampleImage {
  const layers = [Buffer.alloc(layerBytes, `${seed} one `), Buffer.alloc(layerBytes, `${seed} two `)];
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', seed }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...named(config) },
      layers: layers.map((layer) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        ...named(layer),
      })),
    }),
  );
  return {
    manifest: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      ...named(manifest),
      urls: [],
      annotations: new Map(),
      platform: undefined,
      artifactType: undefined,
    },
    blobs: [manifest, config, ...layers],
  };
}

export function named(bytes: Uint8Array): { digest: Digest; size: number } {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
  return { digest, size: bytes.length };
}
