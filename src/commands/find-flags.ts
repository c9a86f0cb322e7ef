import { boolean, integer, option, string } from '@oclif/core/flags';
import type { FindQuery } from '../layers/find.js';
import { compileGlob, type PathMatcher } from '../layers/glob.js';
import { compilePattern } from '../layers/regex.js';
import { CAPABILITIES } from '../model/capability.js';
import { type Digest, parseDigest } from '../model/digest.js';
import type { FileKind } from '../model/entry.js';
import { fail } from '../model/error.js';
import type { Image } from '../model/image.js';
import { parseLayers } from './layer-number.js';
import { parseMoment } from './moment.js';
import { parseCount } from './quantity.js';
import { SORTS } from './sort.js';

const several = { multiple: true, multipleNonGreedy: true } as const;
const CONDITIONS = 'CONDITION';

/** What `--kind` takes: the names of the model and the letters of find(1). */
const KIND_OF: Readonly<Record<string, FileKind>> = {
  file: 'file',
  f: 'file',
  directory: 'directory',
  d: 'directory',
  symlink: 'symlink',
  l: 'symlink',
  character: 'character',
  c: 'character',
  block: 'block',
  b: 'block',
  fifo: 'fifo',
  p: 'fifo',
};

/** The conditions of `strata find`. A flag given several times holds when one of its values does. */
export const FIND_FLAGS = {
  name: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'GLOB',
    summary: 'The last part of the path fits: *.so.*, [A-Z]*.',
  }),
  path: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'GLOB',
    summary: 'The whole path fits; ** is any number of directories: /usr/**/*.py.',
  }),
  regex: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'RE',
    summary: 'The path has a match of a regular expression (JavaScript syntax).',
  }),
  'ignore-case': boolean({
    char: 'i',
    helpGroup: CONDITIONS,
    summary: 'Letters of --name, --path and --regex fit in either case.',
  }),
  kind: string({
    ...several,
    delimiter: ',',
    helpGroup: CONDITIONS,
    helpValue: 'KIND',
    summary: 'file, directory, symlink, character, block or fifo (or f, d, l, c, b, p).',
  }),
  size: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: '[+-]SIZE',
    summary: 'More than (+10MB), less than (-1KiB) or exactly that many bytes; all given hold.',
  }),
  mode: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: '[-/]OCTAL',
    summary: 'Exactly these bits (0644), all of them (-4000), any of them (/6000).',
  }),
  setuid: boolean({ helpGroup: CONDITIONS, summary: 'Files with the setuid or setgid bit.' }),
  'world-writable': boolean({
    helpGroup: CONDITIONS,
    summary: 'What anyone may write; no symlinks, no sticky directories.',
  }),
  uid: integer({ min: 0, helpGroup: CONDITIONS, helpValue: 'ID', summary: 'Owned by that user.' }),
  gid: integer({ min: 0, helpGroup: CONDITIONS, helpValue: 'ID', summary: 'Owned by that group.' }),
  newer: string({
    helpGroup: CONDITIONS,
    helpValue: 'TIME',
    summary: 'Modified after: 2026-03-01, an RFC 3339 time, or an age (12h, 30d, 2w, 1y).',
  }),
  older: string({ helpGroup: CONDITIONS, helpValue: 'TIME', summary: 'Modified before.' }),
  layer: string({
    helpGroup: CONDITIONS,
    helpValue: 'N[,M|-M]',
    summary: 'Last touched by one of these layers: 2, 2,5 or 3-6.',
  }),
  sha256: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'HEX',
    summary: 'Content with that digest.',
  }),
  capability: string({
    helpGroup: CONDITIONS,
    helpValue: 'NAME',
    summary: 'Gives that capability: net_raw, cap_sys_admin, or any.',
  }),
  xattr: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'GLOB',
    summary: 'Has an extended attribute of that name: security.*.',
  }),
  empty: boolean({
    helpGroup: CONDITIONS,
    summary: 'Files without bytes and directories without anything in them.',
  }),
};

/** The values of {@link FIND_FLAGS}. */
export interface FindFlagValues {
  readonly name: readonly string[] | undefined;
  readonly path: readonly string[] | undefined;
  readonly regex: readonly string[] | undefined;
  readonly 'ignore-case': boolean;
  readonly kind: readonly string[] | undefined;
  readonly size: readonly string[] | undefined;
  readonly mode: readonly string[] | undefined;
  readonly setuid: boolean;
  readonly 'world-writable': boolean;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly newer: string | undefined;
  readonly older: string | undefined;
  readonly layer: string | undefined;
  readonly sha256: readonly string[] | undefined;
  readonly capability: string | undefined;
  readonly xattr: readonly string[] | undefined;
  readonly empty: boolean;
}

/** Returns the query that the flags say. `now` is in milliseconds. Throws E_USAGE and E_SNAPSHOT_RANGE. */
export function parseQuery(flags: FindFlagValues, image: Pick<Image, 'layers'>, now: number): FindQuery {
  const { newer, older, layer, sha256, capability, xattr } = flags;
  const path = pathCondition(flags);
  return {
    ...(path === undefined ? {} : { path: [path] }),
    ...(flags.kind === undefined && !flags.setuid ? {} : { kinds: kinds(flags) }),
    ...sizes(flags.size ?? []),
    ...modes(flags),
    ...(flags.uid === undefined ? {} : { uid: flags.uid }),
    ...(flags.gid === undefined ? {} : { gid: flags.gid }),
    ...(newer === undefined ? {} : { newer: parseMoment(newer, '--newer', now) }),
    ...(older === undefined ? {} : { older: parseMoment(older, '--older', now) }),
    ...(layer === undefined ? {} : { layers: parseLayers(layer, image) }),
    ...(sha256 === undefined ? {} : { content: new Set(sha256.map(digest)) }),
    ...(capability === undefined ? {} : { capability: capabilityName(capability) }),
    ...(xattr === undefined ? {} : { xattr: attributeName(xattr) }),
    ...(flags.empty ? { empty: true } : {}),
    ...(flags['world-writable'] ? { worldWritable: true } : {}),
  };
}

/** One of the names, and one of the paths, and one of the expressions. */
function pathCondition(flags: FindFlagValues): PathMatcher | undefined {
  const ignoreCase = flags['ignore-case'];
  const groups = [
    flags.name?.map((glob) => {
      if (glob.includes('/'))
        fail('E_USAGE', `reading --name '${glob}': a name has no slash`, {
          hint: 'use --path for whole paths',
        });
      return compileGlob(glob, { ignoreCase });
    }),
    flags.path?.map((glob) => compileGlob(glob.includes('/') ? glob : `/${glob}`, { ignoreCase })),
    flags.regex?.map((text) => compilePattern(text, { ignoreCase }).test),
  ].filter((group) => group !== undefined);
  if (groups.length === 0) return undefined;
  return (path) => groups.every((group) => group.some((fits) => fits(path)));
}

function kinds(flags: FindFlagValues): ReadonlySet<FileKind> {
  const wanted = new Set<FileKind>();
  for (const name of flags.kind ?? []) {
    if (!Object.hasOwn(KIND_OF, name))
      fail('E_USAGE', `reading --kind '${name}': there is no such kind`, {
        hint: 'kinds are file, directory, symlink, character, block and fifo',
      });
    wanted.add(KIND_OF[name]);
  }
  if (!flags.setuid) return wanted;
  return new Set<FileKind>(wanted.size === 0 || wanted.has('file') ? ['file'] : []);
}

function sizes(texts: readonly string[]): Pick<FindQuery, 'minSize' | 'maxSize'> {
  let min = 0;
  let max = Infinity;
  for (const text of texts) {
    const bytes = parseCount(text.replace(/^[+-]/, ''), '--size');
    if (!text.startsWith('-')) min = Math.max(min, text.startsWith('+') ? bytes + 1 : bytes);
    if (!text.startsWith('+')) max = Math.min(max, text.startsWith('-') ? bytes - 1 : bytes);
  }
  return texts.length === 0 ? {} : { minSize: min, maxSize: max };
}

function modes(flags: FindFlagValues): Pick<FindQuery, 'modeTests'> {
  const tests = (flags.mode ?? []).map((text) => {
    const match = /^([-/]?)([0-7]{1,4})$/.exec(text);
    if (match === null)
      return fail('E_USAGE', `reading --mode '${text}': not octal digits`, {
        hint: 'write 0644 for exactly these bits, -4000 for all of them, /6000 for any of them',
      });
    const bits = Number.parseInt(match[2], 8);
    if (match[1] === '-') return (mode: number) => (mode & bits) === bits;
    if (match[1] === '/') return (mode: number) => bits === 0 || (mode & bits) !== 0;
    return (mode: number) => mode === bits;
  });
  const all = [
    ...(tests.length === 0 ? [] : [(mode: number) => tests.some((test) => test(mode))]),
    ...(flags.setuid ? [(mode: number) => (mode & 0o6000) !== 0] : []),
  ];
  return all.length === 0 ? {} : { modeTests: all };
}

function digest(text: string): Digest {
  const hex = text.toLowerCase().replace(/^sha256:/, '');
  if (!/^[0-9a-f]{64}$/.test(hex))
    fail('E_USAGE', `reading --sha256 '${text}': not 64 hexadecimal digits`, {
      hint: 'sha256sum FILE prints them',
    });
  return parseDigest(`sha256:${hex}`);
}

function capabilityName(text: string): string {
  const name = text.toLowerCase().replace(/^cap_/, '');
  if (name === 'any') return '';
  if (!CAPABILITIES.some((known) => known === name))
    fail('E_USAGE', `reading --capability '${text}': there is no such capability`, {
      hint: 'write a name of capabilities(7), such as net_raw, or any',
    });
  return `cap_${name}`;
}

function attributeName(globs: readonly string[]): (name: string) => boolean {
  const fits = globs.map((glob) => compileGlob(glob));
  return (name) => fits.some((fit) => fit(`/${name}`));
}

/** What else `strata find` takes: which files, and how they are shown. */
export const FIND_OUTPUT_FLAGS = {
  deleted: boolean({
    default: false,
    summary: 'Search the versions that the snapshot hides: removed or replaced by a later layer.',
  }),
  long: boolean({ char: 'l', summary: 'Long listing, as strata ls.' }),
  print0: boolean({
    summary: 'End each path with a NUL and do not escape it, for xargs -0 (also -0).',
    exclusive: ['long', 'json'],
  }),
  most: integer({ min: 0, helpValue: 'COUNT', summary: 'Show at most that many.' }),
  sort: option({ options: SORTS })({
    summary: 'Order: name, size (largest first), mtime (newest first), layer (topmost first).',
  }),
  'exit-code': boolean({ summary: 'End with 1 when nothing is found; else it is 0, as find(1) has it.' }),
};
