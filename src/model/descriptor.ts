import type { Digest } from './digest.js';
import type { Platform } from './platform.js';

/** OCI image-spec 1.1 descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes; a safe non-negative integer. */
  readonly size: number;
  readonly urls: readonly string[];
  readonly annotations: ReadonlyMap<string, string>;
  readonly platform: Platform | undefined;
  readonly artifactType: string | undefined;
}
