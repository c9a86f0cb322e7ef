import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { mountErofs } from '../erofs/mount.js';
import { oneFile } from '../erofs/probe.js';

/** open(2): a file without a name, which is gone when it is closed, whatever becomes of this process. Of x64 and arm64. */
const O_TMPFILE = process.arch === 'arm64' ? 0o20040000 : 0o20200000;

/**
 * Mounts a small EROFS image from the file system of `folder` on `target`; returns what was wrong with it, undefined when a
 * file can be read through it. Throws SystemCallError and what opening a file in the folder throws.
 */
export function erofsFailure(folder: string, target: string): string | undefined {
  const { image, tar, content } = oneFile();
  const files = [Buffer.concat([...image.parts]), tar].map((bytes) => {
    const descriptor = openSync(folder, O_TMPFILE | constants.O_RDWR, 0o600);
    writeSync(descriptor, bytes);
    return descriptor;
  });
  try {
    const [imageFile, tarFile] = files.map((descriptor) => `/proc/self/fd/${String(descriptor)}`);
    mountErofs(imageFile, [tarFile], target);
    return readFileSync(`${target}/file`).equals(content) ? undefined : 'other bytes are read through it';
  } finally {
    for (const descriptor of files) closeSync(descriptor);
  }
}
