import { encodeName } from '../../model/name.js';
import { hunkRange } from './content-diff.js';
import { compareText, type Hunk, type TextCaps } from './text-diff.js';

/** One side of a patch: a regular file. */
export interface PatchFile {
  readonly bytes: Uint8Array;
  /** Permission bits. A patch carries only the lower nine: GNU patch sets no others. */
  readonly mode: number;
}

export interface PatchOptions extends TextCaps {
  /** Bytes of either side beyond which there is no patch; 64 MiB. */
  readonly maxBytes?: number;
}

const MiB = 1024 * 1024;
const PERMISSIONS = 0o777;
/** The names git gives to no file and to the empty one: without them GNU patch refuses to remove an empty file. */
const NO_BLOB = '0'.repeat(40);
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

/**
 * Returns the section of a patch that makes `before` into `after` (undefined: there is no file), byte for byte, when
 * `patch -p1` of GNU patch 2.7 or `git apply` reads it: headers as git writes them, so that empty files and modes come
 * and go as well. `path` is a name (see model/name) from the root. Empty when a patch can say no difference; undefined
 * for what it cannot carry: a NUL byte, too many bytes, or too many lines that differ. Beyond the caps on edits and time
 * it is right but not the least.
 */
export function patchOf(
  path: string,
  before: PatchFile | undefined,
  after: PatchFile | undefined,
  options: PatchOptions = {},
): Uint8Array | undefined {
  const [old, now] = [before?.bytes ?? new Uint8Array(0), after?.bytes ?? new Uint8Array(0)];
  const maxBytes = options.maxBytes ?? 64 * MiB;
  if (Math.max(old.length, now.length) > maxBytes || old.includes(0) || now.includes(0)) return undefined;
  // Each byte is one character: what is no UTF-8 survives, and lines end at line feeds only.
  const { hunks } = compareText(latin1(old), latin1(now), options);
  if (hunks === undefined) return undefined;
  const header = headerLines(path, before, after, hunks.length > 0);
  if (header === undefined) return new Uint8Array(0);
  const lines = [...header];
  for (const hunk of hunks) putHunk(lines, hunk);
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

/** Returns undefined when there is nothing to say. */
function headerLines(
  path: string,
  before: PatchFile | undefined,
  after: PatchFile | undefined,
  differs: boolean,
): string[] | undefined {
  const relative = path.replace(/^\/+/, '');
  const [a, b] = [quotedName(`a/${relative}`), quotedName(`b/${relative}`)];
  const modes = modeLines(before, after, !differs);
  if (modes.length === 0 && !differs) return undefined;
  const names = [
    `--- ${before === undefined ? '/dev/null' : a}`,
    `+++ ${after === undefined ? '/dev/null' : b}`,
  ];
  return [`diff --git ${a} ${b}`, ...modes, ...(differs ? names : [])];
}

function modeLines(before: PatchFile | undefined, after: PatchFile | undefined, empty: boolean): string[] {
  if (before === undefined)
    return after === undefined
      ? []
      : [`new file mode ${modeText(after)}`, ...(empty ? [`index ${NO_BLOB}..${EMPTY_BLOB}`] : [])];
  if (after === undefined)
    return [`deleted file mode ${modeText(before)}`, ...(empty ? [`index ${EMPTY_BLOB}..${NO_BLOB}`] : [])];
  const [old, now] = [modeText(before), modeText(after)];
  return old === now ? [] : [`old mode ${old}`, `new mode ${now}`];
}

/** `100` is the type of a regular file. */
function modeText(file: PatchFile): string {
  return `100${(file.mode & PERMISSIONS).toString(8).padStart(3, '0')}`;
}

function putHunk(lines: string[], hunk: Hunk): void {
  const old = hunkRange(hunk.oldStart, hunk.oldLines);
  const now = hunkRange(hunk.newStart, hunk.newLines);
  lines.push(`@@ -${old} +${now} @@`);
  for (const line of hunk.lines) lines.push(line);
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/**
 * Returns a name as GNU patch and git read it: as it is when all of it is printable ASCII, else in quotes with C escapes.
 * A blank is quoted too, since patch takes what follows it for a time stamp.
 */
function quotedName(name: string): string {
  if (/^[!#-[\]-~]+$/.test(name)) return name;
  let out = '';
  for (const byte of encodeName(name))
    out +=
      ESCAPES.get(byte) ??
      (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`);
  return `"${out}"`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
