import type { FileKind } from '../model/entry.js';

/** What people call the kinds. */
export const KIND_NAMES: Readonly<Record<FileKind, string>> = {
  file: 'regular file',
  directory: 'directory',
  symlink: 'symbolic link',
  character: 'character device',
  block: 'block device',
  fifo: 'named pipe',
};
