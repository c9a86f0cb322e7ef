import { boolean, integer, string } from '@oclif/core/flags';
import type { Difference, DifferenceKind } from '../../layers/compare/diff.js';
import { FACET, type Facet } from '../../layers/union/facets.js';
import { compileGlob } from '../../layers/search/glob.js';
import { fail } from '../../model/error.js';
import { bytesFlag } from './flags.js';

const CHOICE = 'WHAT COUNTS';
const LOOK = 'HOW IT IS SHOWN';
const CONTENT = 'CONTENTS';
const list = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const;

const FACETS = Object.keys(FACET) as Facet[];
const KINDS: readonly DifferenceKind[] = ['added', 'removed', 'modified', 'renamed'];
const WORDS = [...FACETS, ...KINDS].join(', ');

/** The flags of `strata diff`. */
export const DIFF_FLAGS = {
  ignore: string({
    ...list,
    helpGroup: CHOICE,
    helpValue: 'WHAT',
    summary: `Leave out: ${WORDS}.`,
  }),
  only: string({ ...list, helpGroup: CHOICE, helpValue: 'WHAT', summary: 'Only these; the same words.' }),
  exclude: string({
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: CHOICE,
    helpValue: 'GLOB',
    summary: 'Leave out paths that fit: /var/cache/**, *.pyc.',
  }),
  semantic: boolean({
    helpGroup: CHOICE,
    summary:
      'Tell apart what a rebuild of the same source legitimately changes: times, caches, logs, build ids, ...',
  }),
  renames: boolean({
    allowNo: true,
    default: true,
    helpGroup: CHOICE,
    summary: 'Join what was removed and added with the same content.',
  }),
  'files-only': boolean({
    helpGroup: CHOICE,
    summary: 'Leave out configuration, history and layers of the images.',
  }),
  content: boolean({
    char: 'p',
    helpGroup: CONTENT,
    summary: 'Show how contents differ (as it is when every PATH is a file).',
  }),
  unified: integer({
    char: 'U',
    min: 0,
    max: 100_000,
    default: 3,
    helpValue: 'LINES',
    helpGroup: CONTENT,
    summary: 'Unchanged lines round a change.',
  }),
  'max-content': string({
    helpGroup: CONTENT,
    helpValue: 'SIZE',
    default: '8MiB',
    summary: 'Files of more bytes are not compared line by line.',
  }),
  'side-by-side': boolean({
    char: 'y',
    helpGroup: CONTENT,
    summary: 'Contents in two columns.',
  }),
  'word-diff': boolean({
    allowNo: true,
    helpGroup: CONTENT,
    summary: 'Contents word by word: [-old-]{+new+}. Default: for configuration files.',
  }),
  patch: boolean({
    helpGroup: CONTENT,
    summary: 'A patch of the text files that patch -p1 turns the first tree into the second with.',
  }),
  stat: boolean({
    helpGroup: LOOK,
    summary: 'One line for each path with its growth as a bar.',
  }),
  'name-only': boolean({ helpGroup: LOOK, summary: 'Paths only.' }),
  'name-status': boolean({
    helpGroup: LOOK,
    summary: 'A, D, M or R before each path.',
  }),
  markdown: boolean({
    helpGroup: LOOK,
    summary: 'Markdown, for a pull request.',
  }),
  all: boolean({
    helpGroup: LOOK,
    summary: 'Every path, also below directories that came or went whole, and what differs in time only.',
  }),
  bytes: bytesFlag,
  'exit-code': boolean({ summary: 'End with 1 when something differs (with --semantic: something real).' }),
};

/** Each shows the difference in its own way. */
const FORMS = ['stat', 'name-only', 'name-status', 'patch', 'markdown', 'json'] as const;
const LOOKS = ['side-by-side', 'word-diff'] as const;

/** Throws E_USAGE for forms that cannot be had together. */
export function refuseMixedForms(flags: Readonly<Record<string, unknown>>): void {
  const refuse = (one: string, other: string): never =>
    fail('E_USAGE', `reading the command line: --${one} and --${other} are two forms`, {
      hint: 'take one of them, or run it twice',
    });
  const given = (names: readonly string[]): string[] => names.filter((name) => flags[name] === true);
  const forms = given(FORMS);
  // Two columns and words are ways to show contents; JSON has these in a way of its own.
  const looks = given(LOOKS);
  if (forms.length > 1) refuse(forms[0], forms[1]);
  if (looks.length > 1) refuse(looks[0], looks[1]);
  const shown = looks.at(0) ?? (flags.content === true && flags.json !== true ? 'content' : undefined);
  if (forms.length > 0 && shown !== undefined) refuse(forms[0], shown);
}

/** What of the differences counts. */
export interface Choice {
  /** Mask of facets that do not. */
  readonly ignore: number;
  /** Whether a difference is one of those that were asked for. */
  readonly wanted: (difference: Difference) => boolean;
  /** Nothing was left out. */
  readonly everything: boolean;
}

/** Returns what --ignore, --only and --exclude say. Throws E_USAGE. */
export function parseChoice(flags: {
  readonly ignore?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}): Choice {
  const ignored = new Set((flags.ignore ?? []).map((word) => known(word, '--ignore')));
  const only = flags.only?.map((word) => known(word, '--only'));
  const maskOf = (words: Iterable<string>): number =>
    [...words].reduce((mask, word) => mask | (word in FACET ? FACET[word as Facet] : 0), 0);
  const every = maskOf(FACETS);
  const onlyMask = only === undefined ? every : maskOf(only);
  const kinds = new Set<string>(
    KINDS.filter((kind) => !ignored.has(kind) && (only === undefined || only.includes(kind))),
  );
  // A facet by name asks for what is modified in it.
  if (onlyMask !== 0 && !ignored.has('modified')) kinds.add('modified');
  const excluded = (flags.exclude ?? []).map((glob) => compileGlob(glob));
  return {
    // `--only modified` counts every facet.
    ignore: maskOf(ignored) | (onlyMask === 0 ? 0 : every & ~onlyMask),
    everything: ignored.size === 0 && only === undefined && excluded.length === 0,
    wanted: ({ kind, path }) => kinds.has(kind) && !excluded.some((fits) => fits(path)),
  };
}

/** Other words that people write. */
const ALIASES: Readonly<Record<string, string>> = {
  time: 'mtime',
  times: 'mtime',
  timestamp: 'mtime',
  timestamps: 'mtime',
  permissions: 'mode',
  ownership: 'owner',
  xattr: 'xattrs',
  hardlinks: 'links',
  changed: 'modified',
  deleted: 'removed',
};

function known(word: string, flag: string): string {
  const name = ALIASES[word.trim()] ?? word.trim();
  if (name in FACET || KINDS.some((kind) => kind === name)) return name;
  return fail('E_USAGE', `reading ${flag} '${word}': there is no such difference`, {
    hint: `it takes ${WORDS}`,
  });
}
