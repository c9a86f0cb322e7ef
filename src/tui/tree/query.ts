import type { FileKind } from '../../model/entry.js';

/** One condition on a name: `text` has no capital of ASCII where case does not matter. */
export interface NameTerm {
  readonly how: 'words' | 'without' | 'pattern';
  readonly text: string;
  readonly ignoreCase: boolean;
  /** Of `pattern`. */
  readonly pattern: RegExp | undefined;
}

/** What a file must be besides its name. */
export interface FileTest {
  readonly kind?: FileKind;
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Any of these bits. */
  readonly modeAny?: number;
  readonly finding?: Finding;
}

export const FINDINGS = ['waste', 'deleted', 'anomaly'] as const;
export type Finding = (typeof FINDINGS)[number];

/** A filter as it was typed, read. */
export interface Query {
  readonly names: readonly NameTerm[];
  readonly tests: readonly FileTest[];
  /** What could not be read, in words; the rest of the query holds. */
  readonly problem: string | undefined;
}

const KINDS: Readonly<Record<string, FileKind>> = {
  file: 'file',
  f: 'file',
  dir: 'directory',
  directory: 'directory',
  d: 'directory',
  link: 'symlink',
  symlink: 'symlink',
  l: 'symlink',
  char: 'character',
  block: 'block',
  fifo: 'fifo',
};

const MODES: Readonly<Record<string, number>> = {
  setuid: 0o4000,
  setgid: 0o2000,
  sticky: 0o1000,
  exec: 0o111,
  'world-writable': 0o002,
};

/** Terms beyond these are left out: each has a bit. */
const MOST_TERMS = 24;

/** Returns the query that the text is: terms between blanks, all of which must hold. Never throws. */
export function parseQuery(text: string): Query {
  const names: NameTerm[] = [];
  const tests: FileTest[] = [];
  let problem: string | undefined;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const test = parseTest(word);
    if (test === 'problem') problem = `${word}: not understood`;
    else if (test !== undefined) tests.push(test);
    else if (names.length < MOST_TERMS) {
      const term = parseName(word);
      if (term === undefined) problem = `${word}: no regular expression`;
      else if (term.text !== '') names.push(term);
    }
  }
  return { names, tests, problem };
}

function parseTest(word: string): FileTest | 'problem' | undefined {
  if (Object.hasOwn(MODES, word)) return { modeAny: MODES[word] };
  const finding = FINDINGS.find((name) => name === word);
  if (finding !== undefined) return { finding };
  const [key, value] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)];
  if (!word.includes(':')) return undefined;
  if (key === 'kind') return Object.hasOwn(KINDS, value) ? { kind: KINDS[value] } : 'problem';
  if (key === 'mode') {
    if (Object.hasOwn(MODES, value)) return { modeAny: MODES[value] };
    return /^[0-7]{1,4}$/.test(value) ? { modeAny: Number.parseInt(value, 8) } : 'problem';
  }
  return key === 'size' ? parseSize(value) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `>1M`, `<10k`, `1M` (at least): powers of 1000 as sizes are shown. */
function parseSize(value: string): FileTest | 'problem' {
  const match = /^([<>]?)(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(value);
  if (match === null) return 'problem';
  const bytes = Number(match[2]) * UNITS[match[3].toLowerCase()];
  return match[1] === '<' ? { maxSize: bytes } : { minSize: bytes };
}

function parseName(word: string): NameTerm | undefined {
  if (word.startsWith('re:')) {
    const source = word.slice(3);
    const ignoreCase = !/[A-Z]/.test(source.replace(/\\./g, ''));
    try {
      return { how: 'pattern', text: source, ignoreCase, pattern: new RegExp(source, ignoreCase ? 'i' : '') };
    } catch {
      return undefined;
    }
  }
  const without = word.startsWith('!');
  const text = without ? word.slice(1) : word;
  const ignoreCase = !/[A-Z]/.test(text);
  return { how: without ? 'without' : 'words', text, ignoreCase, pattern: undefined };
}
