import { type ElfWords, elfWords } from '../../layers/contents/elf-words.js';
import { decodeName } from '../../model/name.js';

/** What an ELF program needs to be started. */
export type Loading =
  | { readonly kind: 'static' }
  /** The dynamic loader that it names; undefined when its name is not among the bytes. */
  | { readonly kind: 'dynamic'; readonly interpreter: string | undefined };

const PT_INTERP = 3;
/** PATH_MAX of Linux, which bounds the name of an interpreter too (fs/binfmt_elf.c). */
const LONGEST = 4096;

/**
 * Returns how a program is loaded by the first bytes of its file, or undefined when they are not the beginning of an ELF
 * file with its program headers (System V ABI, "Program Header"). Throws nothing, whatever the bytes.
 */
export function elfLoading(head: Uint8Array): Loading | undefined {
  const words = elfWords(head);
  if (words === undefined) return undefined;
  const { wide, length } = words;
  const offset = words.xword(wide ? 32 : 28);
  const stride = words.half(wide ? 54 : 42);
  const count = words.half(wide ? 56 : 44);
  if (count === 0 || stride < (wide ? 56 : 32) || offset + count * stride > length) return undefined;
  for (let i = 0; i < count; i++) {
    const at = offset + i * stride;
    if (words.word(at) === PT_INTERP) return { kind: 'dynamic', interpreter: interpreterAt(head, words, at) };
  }
  return { kind: 'static' };
}

function interpreterAt(head: Uint8Array, words: ElfWords, at: number): string | undefined {
  const { wide } = words;
  const start = words.xword(at + (wide ? 8 : 4));
  const size = words.xword(at + (wide ? 32 : 16));
  if (size < 2 || size > LONGEST || start + size > head.length) return undefined;
  const name = head.subarray(start, start + size);
  const end = name.indexOf(0);
  return decodeName(end < 0 ? name : name.subarray(0, end));
}
