import type { Image } from '../model/image.js';

/** Returns what names an image in every command's JSON. */
export function imageJson(image: Image): object {
  return {
    name: image.name,
    transport: image.transport,
    tags: image.tags,
    platform: image.platform ?? null,
    digest: image.descriptor?.digest ?? null,
  };
}
