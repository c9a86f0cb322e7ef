import { isAscii } from 'node:buffer';
import { encodeName } from '../../model/name.js';
import type { PathTable } from '../../layers/index/path-table.js';
import { type NameText, namesWith, nameTexts } from './name-text.js';
import { literalOf, patternMarks } from './pattern-match.js';
import type { NameTerm } from './query.js';
import { deleteOldest } from './recent.js';

/** Which nodes the terms on names let through. */
export interface NameMatch {
  /** 1: the node, or it together with those above it, fits all terms. */
  readonly fits: Uint8Array;
  /** 1: it fits, and the directory above it does not. Undefined where the terms only leave out. */
  readonly hit: Uint8Array | undefined;
}

const SLASH = 0x2f;

/** The nodes that one term fits by themselves. */
interface Fitting {
  readonly marks: Uint8Array;
  /** The text stands nowhere as it is; these hold its letters one after the other. */
  readonly apart: boolean;
}

/**
 * Returns a function that gives the nodes whose names fit: every `words` and `pattern` term must fit the name of the node
 * or of a directory above it; no name on the way may hold a `without` term. A term with a slash is one on the whole path.
 * Only where a text stands nowhere as it is, its letters may be apart. Letters beyond ASCII are compared as they are.
 * What a term fits is remembered: the letters of a longer one are looked for only there.
 */
export function createNameMatcher(table: PathTable): (terms: readonly NameTerm[]) => NameMatch {
  const kept = new Map<string, Fitting>();
  let lowered: readonly NameText[] | undefined;
  const allNames = ({ ignoreCase }: NameTerm): Iterable<NameText> =>
    ignoreCase ? (lowered ??= [...nameTexts(table, (text) => text.toLowerCase())]) : nameTexts(table);
  const fitting = (term: NameTerm): Uint8Array => {
    const key = keyOf(term);
    const known = kept.get(key);
    if (known !== undefined) return known.marks;
    const made = term.how === 'pattern' ? fittingPattern(term) : fittingText(term);
    kept.set(key, made);
    if (kept.size > KEPT) deleteOldest(kept);
    return made.marks;
  };
  const fittingText = (term: NameTerm): Fitting => {
    const shorter = kept.get(keyOf({ ...term, text: term.text.slice(0, -1) }));
    const first = kept.get(keyOf({ ...term, text: term.text.slice(0, 1) }));
    return fittingNodes(table, term, () => allNames(term), { shorter, first });
  };
  /** Looks only where the text stands that the pattern begins with. */
  const fittingPattern = (term: NameTerm): Fitting => {
    const { text, isWhole } = term.text.includes('/') ? NO_LITERAL : literalOf(term.text);
    const within = text === '' ? undefined : fitting({ ...term, how: 'without', text });
    const marks = within !== undefined && isWhole ? within : patternMarks(table, term, within);
    return { marks, apart: false };
  };
  return (terms) => combined(table, terms, terms.map(fitting));
}

/** A path is more than the name its end is in. */
const NO_LITERAL = { text: '', isWhole: false };

/** Terms remembered: a byte a path each. */
const KEPT = 12;

function keyOf({ how, text, ignoreCase }: NameTerm): string {
  return `${how} ${ignoreCase ? 'i' : 'c'} ${text.includes('/') ? 'path' : 'name'} ${text}`;
}

function combined(table: PathTable, terms: readonly NameTerm[], fitting: readonly Uint8Array[]): NameMatch {
  const { count, parent } = table;
  const fits = new Uint8Array(count);
  const refused = 1 << terms.length;
  const mask = refused < 256 ? new Uint8Array(count) : new Uint32Array(count);
  let all = 0;
  for (const [i, { how }] of terms.entries()) {
    const bit = how === 'without' ? terms.length : i;
    if (how !== 'without') all |= 1 << i;
    mark(mask, fitting[i], bit);
  }
  const asked = all | refused;
  const hit = all === 0 ? undefined : new Uint8Array(count);
  if ((mask[0] & asked) === all) fits[0] = 1;
  for (let node = 1; node < count; node++) {
    const above = parent[node];
    const own = mask[node] | mask[above];
    mask[node] = own;
    fits[node] = (own & asked) === all ? 1 : 0;
    if (hit !== undefined) hit[node] = fits[node] & ~fits[above];
  }
  return { fits, hit };
}

function mark(mask: Uint8Array | Uint32Array, marks: Uint8Array, bit: number): void {
  // Marks are 0 or 1, and the first ones that are set.
  if (bit === 0) mask.set(marks);
  else for (let node = 0; node < marks.length; node++) mask[node] |= marks[node] << bit;
}

/**
 * Returns what the text fits as it is or, where nothing does, apart. `allNames` gives the names, of small letters where case
 * does not matter; `shorter` and `first` are what it fits without its last letter, and its first letter.
 */
function fittingNodes(
  table: PathTable,
  term: NameTerm,
  allNames: () => Iterable<NameText>,
  { shorter, first }: { readonly shorter: Fitting | undefined; readonly first: Fitting | undefined },
): Fitting {
  const folded = term.ignoreCase ? AS_SMALL_LETTER : AS_IT_IS;
  const text = encodeName(term.text).map((byte) => folded[byte]);
  const inPath = term.text.includes('/');
  if (shorter?.apart !== true) {
    const marks = inPath ? standingInPath(table, folded, text) : standing(table, allNames(), folded, text);
    if (term.how === 'without' || marks.includes(1)) return { marks, apart: false };
  }
  const within = (shorter?.apart === true ? shorter : first)?.marks;
  if (!isAscii(text))
    return { marks: patternMarks(table, lettersApart(term), inPath ? undefined : within), apart: true };
  return {
    marks: inPath ? apartInPath(table, folded, text) : apart(table, folded, text, within),
    apart: true,
  };
}

/** Bytes of one letter must not be apart. Each letter is the next one of its kind, so that there is one way to fit. */
function lettersApart(term: NameTerm): NameTerm {
  const letters = Array.from(term.text, (letter) => {
    const either = term.ignoreCase && /[a-z]/.test(letter) ? letter + letter.toUpperCase() : letter;
    const one = either.replace(/[\\\]^-]/g, '\\$&');
    return `[^${one}]*[${one}]`;
  });
  return { ...term, how: 'pattern', pattern: new RegExp(`^${letters.join('')}`, 'u') };
}

/** By byte: what it is compared as. */
const AS_IT_IS = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const AS_SMALL_LETTER = AS_IT_IS.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

/** Marks names that hold the text. */
function standing(
  table: PathTable,
  all: Iterable<NameText>,
  folded: Uint8Array,
  text: Uint8Array,
): Uint8Array {
  const letters = Buffer.from(text).toString('latin1');
  if (folded === AS_IT_IS) return namesWith(table, all, letters);
  // Small letters of bytes beyond ASCII are other bytes than these.
  const isThere = (at: number): boolean => text.every((byte, i) => folded[table.names[at + i]] === byte);
  return namesWith(table, all, letters.toLowerCase(), isAscii(text) ? undefined : isThere);
}

/** Marks nodes in whose path the text ends: by Knuth, Morris and Pratt, going on from the directory above. */
function standingInPath(
  { names, nameEnd, count, parent }: PathTable,
  folded: Uint8Array,
  text: Uint8Array,
): Uint8Array {
  const marks = new Uint8Array(count);
  const back = fallbacks(text);
  const progress = new Uint16Array(count);
  const step = (found: number, byte: number): number => {
    let state = found;
    while (state > 0 && text[state] !== byte) state = back[state];
    return text[state] === byte ? state + 1 : 0;
  };
  for (let node = 1; node < count; node++) {
    let found = step(progress[parent[node]], SLASH);
    for (let at = nameEnd[node - 1]; ; at++) {
      if (found === text.length) {
        marks[node] = 1;
        found = back[found];
      }
      if (at === nameEnd[node]) break;
      found = step(found, folded[names[at]]);
    }
    progress[node] = found;
  }
  return marks;
}

/** For every number of bytes found: how many of them are found when the next one does not fit. */
function fallbacks(text: Uint8Array): Uint16Array {
  const back = new Uint16Array(text.length + 1);
  for (let at = 1, found = 0; at < text.length; at++) {
    while (found > 0 && text[found] !== text[at]) found = back[found];
    if (text[found] === text[at]) found += 1;
    back[at + 1] = found;
  }
  return back;
}

/** Marks names that hold the letters of the text one after the other. */
function apart(
  { names, nameEnd, count }: PathTable,
  folded: Uint8Array,
  text: Uint8Array,
  within: Uint8Array | undefined,
): Uint8Array {
  const marks = new Uint8Array(count);
  const { length } = text;
  for (let node = 1; node < count; node++) {
    if (within?.[node] === 0) continue;
    const end = nameEnd[node];
    let found = 0;
    for (let at = nameEnd[node - 1]; at < end && found < length; at++)
      if (folded[names[at]] === text[found]) found += 1;
    if (found === length) marks[node] = 1;
  }
  return marks;
}

/** The same of whole paths: how much of the text was found up to the node goes on from the directory above. */
function apartInPath(
  { names, nameEnd, count, parent }: PathTable,
  folded: Uint8Array,
  text: Uint8Array,
): Uint8Array {
  const marks = new Uint8Array(count);
  const progress = new Uint16Array(count);
  for (let node = 1; node < count; node++) {
    let found = progress[parent[node]];
    if (found < text.length && text[found] === SLASH) found += 1;
    for (let at = nameEnd[node - 1]; at < nameEnd[node] && found < text.length; at++)
      if (folded[names[at]] === text[found]) found += 1;
    progress[node] = found;
    if (found === text.length) marks[node] = 1;
  }
  return marks;
}
