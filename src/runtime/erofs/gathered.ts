/** Enough for one write to be worth its system call. */
const PART_BYTES = 1024 * 1024;

/** Joins small pieces to parts of about a mebibyte. */
export function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let part: Uint8Array[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    part.push(piece);
    bytes += piece.length;
    if (bytes < PART_BYTES) continue;
    yield Buffer.concat(part);
    part = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(part);
}
