import { isAscii } from 'node:buffer';
import { nodeName, nodePath, type PathTable } from '../../layers/index/path-table.js';
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
  const nameOf = createNames(table);
  const whole = text.includes('/');
  let [above, path] = [-1, ''];
  for (let node = 1; node < table.count; node++) {
    if (within?.[node] === 0) continue;
    if (whole && table.parent[node] !== above) {
      above = table.parent[node];
      path = above === 0 ? '/' : `${nodePath(table, above)}/`;
    }
    if (pattern.test(whole ? path + nameOf(node) : nameOf(node))) marks[node] = 1;
  }
  return marks;
}

/** Returns the same as `nodeName`, cut out of one text where a name is ASCII: decoding each takes ten times longer. */
function createNames(table: PathTable): (node: number) => string {
  const { nameEnd, names } = table;
  const all = Buffer.from(names.buffer, names.byteOffset, names.length).toString('latin1');
  if (isAscii(names)) return (node) => all.slice(nameEnd[node - 1], nameEnd[node]);
  return (node) => {
    const [start, end] = [nameEnd[node - 1], nameEnd[node]];
    for (let at = start; at < end; at++) if (names[at] >= 0x80) return nodeName(table, node);
    return all.slice(start, end);
  };
}
