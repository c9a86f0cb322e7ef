import { limitHint } from '../model/limits.js';
import { scanTar } from '../io/tar/scan.js';
import type { ByteRange } from '../model/byte-range.js';
import { fail } from '../model/error.js';
import { decodeName } from '../model/name.js';
import type { OpenContext } from './context.js';
import type { Files } from './files.js';

/** A member of an outer archive, as far as it matters here. */
type Member =
  | { readonly kind: 'file'; readonly offset: number; readonly length: number }
  /** A symbolic or hard link with the member it means; undefined when that is outside the archive. */
  | { readonly kind: 'symlink' | 'hardlink'; readonly target: string | undefined }
  | { readonly kind: 'other'; readonly what: string };

/** The members of an outer archive, by clean relative path. `find` goes through hard links, which are the file itself. */
export interface ArchiveFiles extends Files {
  /** As {@link Files.find}, also through symbolic links between members, as podman and old Docker write them. */
  resolve(path: string): Promise<ByteRange | undefined>;
  has(path: string): boolean;
  /** The first paths in the archive, for messages. */
  readonly sample: readonly string[];
}

/** Links behind links at most. */
const LINKS_MAX = 16;
const SAMPLE = 20;

/**
 * Returns the members of the tar in `range`, found by their headers alone: nothing is unpacked and no name of a member
 * ever becomes a path of this machine (CVE-2024-24579). Of two members with one name the last counts. Throws E_LIMIT, and
 * what the tar reader throws.
 */
export async function archiveFiles(
  range: ByteRange,
  name: string,
  context: OpenContext,
): Promise<ArchiveFiles> {
  const { limits, anomalies } = context;
  const members = new Map<string, Member>();
  let count = 0;
  await scanTar(
    range,
    {
      member(member) {
        if (++count > limits.archiveMembers)
          fail('E_LIMIT', `reading ${name}: more than ${limits.archiveMembers} members`, {
            hint: limitHint('archiveMembers'),
          });
        const path = memberPath(decodeName(member.name));
        if (path === undefined) return;
        const place = { offset: range.offset + member.dataOffset, length: member.storedSize };
        const made = makeMember(
          path,
          member.typeflag,
          decodeName(member.linkName),
          place,
          member.sparse !== undefined,
        );
        if (made === undefined) return;
        if (members.has(path)) anomalies.add('archive-duplicate-member', path);
        members.set(path, made);
      },
    },
    { limits, anomalies },
  );

  const refuse = (path: string, what: string): never =>
    fail('E_MANIFEST', `reading '${path}' in ${name}: it is ${what}, not a regular file`);

  const locate = (path: string, throughSymlinks: boolean): ByteRange | undefined => {
    let member = members.get(path);
    for (let links = 0; member !== undefined && member.kind !== 'file'; links++) {
      if (member.kind === 'other') return refuse(path, member.what);
      if (member.kind === 'symlink' && !throughSymlinks) return refuse(path, 'a symbolic link');
      if (member.target === undefined) return refuse(path, 'a link out of the archive');
      if (links === LINKS_MAX) return refuse(path, 'a chain of too many links, or a loop of them');
      member = members.get(member.target);
    }
    return member && { path: range.path, offset: member.offset, length: member.length };
  };

  return {
    name,
    sample: [...members.keys()].slice(0, SAMPLE),
    has: (path) => members.has(path),
    find: (path) => wrap(() => locate(path, false)),
    resolve: (path) => wrap(() => locate(path, true)),
  };
}

/** Promises reject where a plain function would throw. */
async function wrap<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}

function makeMember(
  path: string,
  typeflag: number,
  link: string,
  place: { offset: number; length: number },
  sparse: boolean,
): Member | undefined {
  switch (String.fromCharCode(typeflag)) {
    case '\0':
    case '0':
    case '7':
      return sparse ? { kind: 'other', what: 'a sparse file' } : { kind: 'file', ...place };
    case '1':
      return { kind: 'hardlink', target: memberPath(link) };
    case '2':
      return { kind: 'symlink', target: linkTarget(path, link) };
    case '5':
      // Directories take no part: a file of the same name counts whichever comes last.
      return undefined;
    default:
      return { kind: 'other', what: 'a device, pipe or sparse file' };
  }
}

/** Returns the clean relative path of a member name; undefined when it is absolute, empty or has `..`. */
export function memberPath(name: string): string | undefined {
  if (name.startsWith('/')) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? undefined : parts.join('/');
}

/** Returns what a symbolic link at `path` means, by its text alone; undefined when that is outside the archive. */
function linkTarget(path: string, link: string): string | undefined {
  if (link.startsWith('/')) return undefined;
  const parts = path.split('/').slice(0, -1);
  for (const part of link.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? undefined : parts.join('/');
}
