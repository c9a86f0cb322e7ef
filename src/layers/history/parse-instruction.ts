import { readCreatedBy } from './created-by.js';
import type { Instruction, KnownValues } from './instruction.js';
import { readOperand } from './instruction-operand.js';

/**
 * Understands one `created_by` of any builder. Never throws: what is no instruction is UNKNOWN with its text, and a
 * malformed operand stays as it was recorded. Linear in the text.
 */
export function parseInstruction(createdBy: string, known: KnownValues = {}): Instruction {
  const read = readCreatedBy(createdBy, known);
  const comment = known.comment ?? '';
  const plain: Instruction = {
    keyword: read.keyword ?? 'UNKNOWN',
    text:
      read.keyword === undefined
        ? read.body
        : read.body === ''
          ? read.keyword
          : `${read.keyword} ${read.body}`,
    body: read.body,
    source: read.source,
    shell: read.shell,
    command: undefined,
    buildArgs: read.buildArgs,
    mounts: [],
    heredoc: undefined,
    list: undefined,
    pairs: [],
    copied: undefined,
    healthcheck: undefined,
    base: undefined,
    builder: read.builder,
    comment,
  };
  return read.keyword === undefined
    ? readBase(plain)
    : { ...plain, ...readOperand(read.keyword, read, known) };
}

/** Lines that makers of base images write. */
function readBase(plain: Instruction): Instruction {
  const { text } = plain;
  // debuerreotype, the maker of Docker's Debian images: `# debian.sh --arch 'amd64' out/ 'bookworm' '@1734912000'`.
  const debian = /^# ?(debian|ubuntu|raspbian)\.sh --arch '[^']*' (?:\S+\/ )?'([a-z][\w.-]*)'/.exec(text);
  if (debian !== null) return { ...plain, keyword: 'FROM-guess', base: `${debian[1]}:${debian[2]}` };
  if (/^(?:Apply image|Install update) \S+$/.test(text)) return { ...plain, keyword: 'FROM-guess' };
  return plain;
}
