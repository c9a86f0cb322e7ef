import type { Content } from '../../layers/read/content.js';
import { decodeText } from '../../layers/contents/content-diff.js';
import { fail } from '../../model/error.js';
import { hexdumpLines } from '../../report/hexdump.js';
import { createTextPrinter } from '../../report/text.js';
import type { Readable } from './contents.js';
import type { Context } from '../program/context.js';
import { stopIfAborted } from '../program/failure.js';

/** Bytes that tell whether a file is text. */
const PEEK = 8192;

export interface PrintHow {
  /** Show bytes as `hexdump -C` does. */
  readonly hex: boolean;
  /** Binary content to a terminal too, escaped. */
  readonly force: boolean;
  /** To a terminal as it is. */
  readonly raw: boolean;
  /** What to do about binary content on a terminal. */
  readonly binary: string;
}

/**
 * Throws E_LIMIT when the first `head` bytes of each file are more than `limit` together: a few bytes of an image can
 * state petabytes of holes, and would fill any disk with their zeros.
 */
export function checkSizes(files: readonly Readable[], head: number, limit: number, hint: string): void {
  let bytes = 0;
  for (const { file } of files) {
    bytes += Math.min(file.size, head);
    if (bytes > limit)
      fail('E_LIMIT', `printing ${file.path}: ${String(bytes)} bytes, over the limit of ${String(limit)}`, {
        hint,
      });
  }
}

/**
 * Writes content to standard output: as it is, or on a terminal as escaped text. Throws E_BINARY_TO_TERMINAL when that
 * would show nothing of use.
 */
export async function printContent(
  context: Context,
  { file }: Readable,
  content: Content,
  how: PrintHow,
): Promise<void> {
  const { output, terminal, signal } = context;
  if (how.hex) return printHex(context, content);
  if (!terminal.stdout.isTTY || how.raw) {
    for await (const chunk of content) {
      stopIfAborted(signal);
      await output.write(chunk);
    }
    return;
  }
  const printer = createTextPrinter();
  let first = !how.force;
  for await (const chunk of content) {
    if (first && decodeText(wholeCharacters(chunk.subarray(0, PEEK))) === undefined)
      fail('E_BINARY_TO_TERMINAL', `printing ${file.path}: it is binary`, {
        hint: how.binary,
      });
    first = false;
    stopIfAborted(signal);
    await output.write(printer.push(chunk));
  }
  await output.write(printer.end());
}

/** Leaves out a character that the end of the bytes splits. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  for (let back = 0; back < 3 && end > 0 && (bytes[end - 1] & 0xc0) === 0x80; back++) end--;
  return end > 0 && bytes[end - 1] >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}

async function printHex({ output, signal }: Context, content: Content): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of content) {
    stopIfAborted(signal);
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 16);
    await output.lines(hexdumpLines(bytes.subarray(0, whole), offset));
    offset += whole;
    rest = Buffer.from(bytes.subarray(whole));
  }
  await output.lines(hexdumpLines(rest, offset));
}
