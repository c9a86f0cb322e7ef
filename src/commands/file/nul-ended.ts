import { encodeName } from '../../model/name.js';
import { fail } from '../../model/error.js';
import type { Context } from '../program/context.js';

/** Bytes gathered before a write. */
const CHUNK = 65_536;

/** Writes names, unescaped, each with a NUL behind it. Throws E_BINARY_TO_TERMINAL. */
export async function writeNulEnded({ output, terminal }: Context, names: Iterable<string>): Promise<void> {
  if (terminal.stdout.isTTY)
    fail('E_BINARY_TO_TERMINAL', 'printing names unescaped: they may change the state of the terminal', {
      hint: 'pipe them to a program, or leave --print0 out',
    });
  const end = new Uint8Array(1);
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const name of names) {
    const bytes = encodeName(name);
    parts.push(bytes, end);
    size += bytes.length + 1;
    if (size < CHUNK) continue;
    await output.write(Buffer.concat(parts));
    parts = [];
    size = 0;
  }
  await output.write(Buffer.concat(parts));
}
