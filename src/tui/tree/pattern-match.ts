import { isAscii } from 'node:buffer';
import { nodeName, nodePath, type PathTable } from '../../layers/index/path-table.js';
import { type NameText, nameTexts } from './name-text.js';
import type { NameTerm } from './query.js';

/** Text that stands in every name a pattern fits. */
export interface PatternLiteral {
  readonly text: string;
  /** The pattern says no more than that. */
  readonly isWhole: boolean;
}

/** Returns the text that the pattern begins with; empty where there is none, or where it may fit without it. */
export function literalOf(source: string): PatternLiteral {
  const none = { text: '', isWhole: false };
  // What stands behind a bar need not begin like this.
  if (source.includes('|')) return none;
  const start = source.startsWith('^') ? 1 : 0;
  const [letters] = /^(?:[\w\-,:;=@%&~"'<>#! ]|\\[-.+*?^$()[\]{}\\/])*/.exec(source.slice(start)) ?? [''];
  const rest = source.slice(start + letters.length);
  const needed = /^[*?{]/.test(rest) ? letters.replace(/\\?.$/, '') : letters;
  return { text: needed.replace(/\\(.)/g, '$1'), isWhole: start === 0 && rest === '' };
}

/** Marks the nodes whose names (or whole paths, where the pattern has a slash) fit, of those that are marked in `within`. */
export function patternMarks(
  table: PathTable,
  { pattern, text }: NameTerm,
  within: Uint8Array | undefined,
): Uint8Array {
  const marks = new Uint8Array(table.count);
  if (pattern === undefined) return marks;
  if (pattern.source === '^') return marks.fill(1, 1);
  const whole = text.includes('/');
  let [above, path] = [-1, ''];
  for (const part of nameTexts(table)) {
    const nameOf = createNames(table, part);
    for (let node = part.first; node < part.end; node++) {
      if (within?.[node] === 0) continue;
      if (whole && table.parent[node] !== above) {
        above = table.parent[node];
        path = above === 0 ? '/' : `${nodePath(table, above)}/`;
      }
      if (pattern.test(whole ? path + nameOf(node) : nameOf(node))) marks[node] = 1;
    }
  }
  return marks;
}

/** Returns the same as `nodeName`, cut out of one text where a name is ASCII: decoding each takes ten times longer. */
function createNames(table: PathTable, { text, start, end: last }: NameText): (node: number) => string {
  const { nameEnd, names } = table;
  const cut = (node: number): string => text.slice(nameEnd[node - 1] - start, nameEnd[node] - start);
  if (isAscii(names.subarray(start, nameEnd[last - 1]))) return cut;
  return (node) => {
    const end = nameEnd[node];
    for (let at = nameEnd[node - 1]; at < end; at++) if (names[at] >= 0x80) return nodeName(table, node);
    return cut(node);
  };
}
