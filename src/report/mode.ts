import type { EntryKind } from '../model/entry.js';

/** The first letter of a long listing: as `ls -l` and `tar tv` have it (`h` for a hard link), `w` and `o` are ours. */
const KIND_LETTER: Readonly<Record<EntryKind, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  character: 'c',
  block: 'b',
  fifo: 'p',
  whiteout: 'w',
  opaque: 'o',
};

/** Returns the ten characters of a long listing, `drwxr-sr-t`, of a kind and the lower twelve mode bits. */
export function formatMode(kind: EntryKind, mode: number): string {
  return (
    KIND_LETTER[kind] +
    triplet(mode >> 6, mode & 0o4000, 's') +
    triplet(mode >> 3, mode & 0o2000, 's') +
    triplet(mode, mode & 0o1000, 't')
  );
}

function triplet(bits: number, special: number, letter: string): string {
  const execute = bits & 1 ? (special ? letter : 'x') : special ? letter.toUpperCase() : '-';
  return (bits & 4 ? 'r' : '-') + (bits & 2 ? 'w' : '-') + execute;
}

/** Returns the mode as four octal digits: `0755`, `4755`. */
export function formatOctal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
