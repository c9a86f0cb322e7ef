import { closeSync, openSync, writeSync } from 'node:fs';
import type { ErofsImage } from './encode.js';

/** Writes the image as `target`, which must not exist. Throws what the file system says. */
export function writeErofs(image: ErofsImage, target: string): void {
  const descriptor = openSync(target, 'wx', 0o600);
  try {
    for (const part of image.parts)
      for (let written = 0; written < part.length;)
        written += writeSync(descriptor, part, written, part.length - written);
  } finally {
    closeSync(descriptor);
  }
}
