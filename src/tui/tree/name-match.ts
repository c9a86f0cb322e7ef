import { encodeName } from '../../model/name.js';
import { nodeName, nodePath, type PathTable } from '../../layers/path-table.js';
import type { NameTerm } from './query.js';

/** Which nodes the terms on names let through. */
export interface NameMatch {
  /** 1: the node, or it together with those above it, fits all terms. */
  readonly fits: Uint8Array;
  /** 1: it fits, and the directory above it does not. */
  readonly hit: Uint8Array;
}

const SLASH = 0x2f;

/**
 * Returns the nodes whose names fit: every `fuzzy` and `pattern` term must fit the name of the node or of a directory
 * above it; no name on the way may hold a `without` term. A term with a slash is one on the whole path. Letters beyond
 * ASCII are compared as they are.
 */
export function matchNames(table: PathTable, terms: readonly NameTerm[]): NameMatch {
  const { count, parent } = table;
  const fits = new Uint8Array(count);
  const hit = new Uint8Array(count);
  const wanted = terms.map((term, i) => (term.how === 'without' ? 0 : 1 << i));
  const all = wanted.reduce((sum, bit) => sum | bit, 0);
  const REFUSED = 1 << 30;
  const mask = new Uint32Array(count);
  for (const [i, term] of terms.entries()) {
    const bit = term.how === 'without' ? REFUSED : wanted[i];
    mark(table, term, mask, bit);
  }
  for (let node = 0; node < count; node++) {
    if (node > 0) mask[node] |= mask[parent[node]];
    if ((mask[node] & all) !== all || (mask[node] & REFUSED) !== 0) continue;
    fits[node] = 1;
    if (all !== 0 && (node === 0 || fits[parent[node]] === 0)) hit[node] = 1;
  }
  return { fits, hit };
}

function mark(table: PathTable, term: NameTerm, mask: Uint32Array, bit: number): void {
  if (term.how === 'pattern') {
    markPattern(table, term, mask, bit);
    return;
  }
  const bytes = encodeName(term.ignoreCase ? term.text.toLowerCase() : term.text);
  if (term.text.includes('/')) markPaths(table, term, bytes, mask, bit);
  else if (term.how === 'fuzzy') markFuzzy(table, bytes, term.ignoreCase, mask, bit);
  else markSubstring(table, bytes, term.ignoreCase, mask, bit);
}

/** ASCII capitals → small letters; all else as it is. */
const LOWER = Uint8Array.from({ length: 256 }, (_, i) => (i >= 0x41 && i <= 0x5a ? i + 32 : i));
const SAME = Uint8Array.from({ length: 256 }, (_, i) => i);

function markFuzzy(table: PathTable, text: Uint8Array, fold: boolean, mask: Uint32Array, bit: number): void {
  const { names, nameEnd, count } = table;
  const map = fold ? LOWER : SAME;
  const { length } = text;
  for (let node = 1; node < count; node++) {
    const end = nameEnd[node];
    let at = nameEnd[node - 1];
    if (end - at < length) continue;
    let found = 0;
    for (; at < end && found < length; at++) if (map[names[at]] === text[found]) found += 1;
    if (found === length) mask[node] |= bit;
  }
}

function markSubstring(
  table: PathTable,
  text: Uint8Array,
  fold: boolean,
  mask: Uint32Array,
  bit: number,
): void {
  const { names, nameEnd, count } = table;
  const map = fold ? LOWER : SAME;
  const { length } = text;
  for (let node = 1; node < count; node++) {
    const last = nameEnd[node] - length;
    for (let at = nameEnd[node - 1]; at <= last; at++) {
      let i = 0;
      while (i < length && map[names[at + i]] === text[i]) i += 1;
      if (i < length) continue;
      mask[node] |= bit;
      break;
    }
  }
}

/** Of a whole path: how much of the text was found up to the node goes on from the directory above. */
function markPaths(table: PathTable, term: NameTerm, text: Uint8Array, mask: Uint32Array, bit: number): void {
  const { names, nameEnd, count, parent } = table;
  if (term.how === 'without') {
    const wanted = term.ignoreCase ? term.text.toLowerCase() : term.text;
    for (let node = 1; node < count; node++) {
      const path = nodePath(table, node);
      if ((term.ignoreCase ? path.toLowerCase() : path).includes(wanted)) mask[node] |= bit;
    }
    return;
  }
  const map = term.ignoreCase ? LOWER : SAME;
  const progress = new Uint16Array(count);
  for (let node = 1; node < count; node++) {
    let found = progress[parent[node]];
    if (found < text.length && text[found] === SLASH) found += 1;
    for (let at = nameEnd[node - 1]; at < nameEnd[node] && found < text.length; at++)
      if (map[names[at]] === text[found]) found += 1;
    progress[node] = found;
    if (found === text.length) mask[node] |= bit;
  }
}

function markPattern(table: PathTable, term: NameTerm, mask: Uint32Array, bit: number): void {
  const { pattern } = term;
  if (pattern === undefined) return;
  const whole = term.text.includes('/');
  for (let node = 1; node < table.count; node++)
    if (pattern.test(whole ? nodePath(table, node) : nodeName(table, node))) mask[node] |= bit;
}
