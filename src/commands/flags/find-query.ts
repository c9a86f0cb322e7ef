import type { FindQuery } from '../../layers/search/find.js';
import { compileGlob, type PathMatcher } from '../../layers/search/glob.js';
import { compilePattern } from '../../layers/search/regex.js';
import { CAPABILITIES } from '../../model/capability.js';
import { type Digest, parseDigest } from '../../model/digest.js';
import type { FileKind } from '../../model/entry.js';
import { fail } from '../../model/error.js';
import type { Image } from '../../model/image.js';
import { parseLayers } from './layer-number.js';
import { parseMoment } from './moment.js';
import { parseCount } from './quantity.js';

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

/** The values of the flags that `find.ts` has. */
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
