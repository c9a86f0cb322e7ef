import { humanBytes } from './bytes.js';
import { fail } from '../model/error.js';
import { escapeForTerminal } from './escape.js';

/** A change that can be picked. */
export interface PickRow {
  readonly path: string;
  readonly letter: 'A' | 'C' | 'D';
  /** Of its content. */
  readonly bytes: number;
}

/** Columns of a size. */
const SIZE = 9;

/**
 * Returns the text to edit: a line for each change, then what to do with it. Every name is one line whatever it holds, and
 * different names are different lines: also a blank at its end, which editors like to take away, is escaped.
 */
export function pickText(rows: readonly PickRow[], reference: string): string {
  const lines = rows.map(pickLine);
  return `${lines.join('\n')}${lines.length > 0 ? '\n' : ''}
# What is to be in the layer of ${escapeForTerminal(reference)}?
# A added, C changed, D deleted, and how large. Take out the lines, or put a # before them, of what is to be left as the
# snapshot has it. Directories above what stays come by themselves.
# When no line is left, nothing is committed.
`;
}

function pickLine({ letter, path, bytes }: PickRow): string {
  return `${letter} ${humanBytes(bytes).padStart(SIZE)}  ${escapeForTerminal(path).replace(/ $/, '\\x20')}`;
}

/**
 * Returns which of the changes are left in an edited text, in the order they were given in. Throws E_USAGE for a line that is
 * none of those that were there: what it means is not known.
 */
export function readPickText<T extends PickRow>(text: string, rows: readonly T[]): readonly T[] {
  const known = new Map(rows.map((row) => [pickLine(row), row]));
  const picked = new Set<T>();
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const row = known.get(line);
    if (row === undefined)
      fail(
        'E_USAGE',
        `reading the edited list: line ${String(i + 1)} '${line.slice(0, 200)}' was not in it`,
        {
          hint: 'lines can be taken out, not changed; nothing was committed',
        },
      );
    picked.add(row);
  }
  return rows.filter((row) => picked.has(row));
}
