import type { Digest } from '../model/digest.js';
import type { Sibling } from '../model/image.js';
import type { Platform } from '../model/platform.js';

/** One manifest that a source holds, as `listImages` gives it. */
export interface ListedImage {
  /** What to write to open exactly this one. */
  readonly name: string;
  readonly tags: readonly string[];
  /** Of its manifest; of its configuration for a docker-archive; undefined where the source promises none. */
  readonly digest: Digest | undefined;
  readonly role: Sibling['role'];
  readonly platform: Platform | undefined;
  readonly present: boolean;
  /** True for what an index below the top one lists. */
  readonly nested: boolean;
}
