import { boolean, integer, string } from '@oclif/core/flags';
import type { Difference, DifferenceKind } from '../layers/compare/diff.js';
import { FACET, type Facet } from '../layers/facets.js';
import { compileGlob } from '../layers/glob.js';
import { fail } from '../model/error.js';
import { bytesFlag } from './flags.js';

const CHOICE = 'WHAT COUNTS';
const LOOK = 'HOW IT IS SHOWN';
const CONTENT = 'CONTENTS';
const list = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const;

/** Of the ways to show it one at a time. */
const FORMS = ['stat', 'name-only', 'name-status', 'patch', 'markdown', 'json'];
const others = (form: string): string[] => FORMS.filter((other) => other !== form);

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
    exclusive: ['stat', 'name-only', 'name-status'],
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
    exclusive: ['word-diff'],
  }),
  'word-diff': boolean({
    allowNo: true,
    helpGroup: CONTENT,
    summary: 'Contents word by word: [-old-]{+new+}. Default: for configuration files.',
  }),
  patch: boolean({
    helpGroup: CONTENT,
    summary: 'A patch of the text files that patch -p1 turns the first tree into the second with.',
    exclusive: others('patch'),
  }),
  stat: boolean({
    helpGroup: LOOK,
    summary: 'One line for each path with its growth as a bar.',
    exclusive: others('stat'),
  }),
  'name-only': boolean({ helpGroup: LOOK, summary: 'Paths only.', exclusive: others('name-only') }),
  'name-status': boolean({
    helpGroup: LOOK,
    summary: 'A, D, M or R before each path.',
    exclusive: others('name-status'),
  }),
  markdown: boolean({
    helpGroup: LOOK,
    summary: 'Markdown, for a pull request.',
    exclusive: others('markdown'),
  }),
  all: boolean({
    helpGroup: LOOK,
    summary: 'Every path, also below directories that came or went whole, and what differs in time only.',
  }),
  bytes: bytesFlag,
  'exit-code': boolean({ summary: 'End with 1 when something differs (with --semantic: something real).' }),
};

/** What of the differences counts. */
export interface Choice {
  /** Mask of facets that do not. */
  readonly ignore: number;
  /** Whether a difference is one of those that were asked for. */
  readonly wanted: (difference: Difference) => boolean;
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
