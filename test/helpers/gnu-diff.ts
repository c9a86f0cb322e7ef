/** How two trees on disk differ by the word of GNU diff, stat and getfattr, in our terms. */
import { decodeName } from '../../src/model/name.js';
import type { Facet } from '../../src/layers/union/facets.js';
import { needTool, tool } from './tool.js';

/** `added`, `removed`, or the facets that differ, sorted; by rooted path. */
export type Told = ReadonlyMap<string, string>;

interface Stat {
  /** File type and permission bits, as hex. */
  readonly mode: number;
  readonly owner: string;
  readonly mtime: string;
  readonly inode: string;
  readonly device: string;
}

const TYPE = 0o170000;
const DIRECTORY = 0o040000;
const SYMLINK = 0o120000;

/** Returns every path by which tree `b` differs from tree `a`. Names with a line feed are more than diff can tell. */
export async function gnuDiff(a: string, b: string): Promise<Told> {
  for (const name of ['diff', 'find', 'getfattr']) needTool(name);
  const [statA, statB, xattrA, xattrB, contents] = await Promise.all([
    statTree(a),
    statTree(b),
    xattrTree(a),
    xattrTree(b),
    differingContents(a, b),
  ]);
  const groupsA = groupsOf(statA);
  const groupsB = groupsOf(statB);
  const told = new Map<string, string>();
  for (const name of new Set([...statA.keys(), ...statB.keys()])) {
    const [old, now] = [statA.get(name), statB.get(name)];
    if (old === undefined || now === undefined) {
      told.set(name, old === undefined ? 'added' : 'removed');
      continue;
    }
    const facets = new Set<Facet>();
    const kind = now.mode & TYPE;
    if ((old.mode & TYPE) !== kind) facets.add('kind');
    else if (contents.has(name)) facets.add(kind === SYMLINK ? 'link' : 'content');
    if (kind !== SYMLINK || (old.mode & TYPE) !== SYMLINK)
      if ((old.mode & 0o7777) !== (now.mode & 0o7777)) facets.add('mode');
    if (old.owner !== now.owner) facets.add('owner');
    if (old.mtime !== now.mtime) facets.add('mtime');
    if ((old.mode & TYPE) === kind && old.device !== now.device) facets.add('device');
    if ((xattrA.get(name) ?? '') !== (xattrB.get(name) ?? '')) facets.add('xattrs');
    if (groupsA.get(name) !== groupsB.get(name)) facets.add('links');
    if (facets.size > 0) told.set(name, [...facets].sort().join());
  }
  return told;
}

/** What `diff -r` says differs in content; its word on what is only in one tree is checked against stat's. */
async function differingContents(a: string, b: string): Promise<Set<string>> {
  // It ends with 1 when something differs.
  const script = 'diff --recursive --brief --no-dereference "$1" "$2" || [ $? = 1 ]';
  const out = await tool('bash', ['-c', script, 'bash', a, b], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  const found = new Set<string>();
  const rest = (full: string, root: string): string => name(full.slice(root.length));
  for (const line of out.split('\n')) {
    const files = /^(?:Files|Symbolic links) (.*) and .* differ$/s.exec(line);
    if (files !== null) {
      // Both names are as long but for the roots.
      const both = line.slice(line.indexOf(a), line.length - ' differ'.length);
      const length = (both.length - ' and '.length - a.length - b.length) / 2;
      found.add(rest(both.slice(0, a.length + length), a));
    } else if (!/^Only in |^File .* is an? |^$/.test(line)) throw new Error(`diff says: ${line}`);
  }
  return found;
}

async function statTree(root: string): Promise<Map<string, Stat>> {
  const out = await latin1(
    'find . -print0 | xargs -0 stat --printf "%n\\0%f\\0%u:%g\\0%.9Y\\0%i\\0%t:%T\\0"',
    root,
  );
  const words = out.split('\0');
  const tree = new Map<string, Stat>();
  for (let i = 0; i + 6 < words.length + 1 && i + 5 < words.length; i += 6) {
    const [path, mode, owner, mtime, inode, device] = words.slice(i, i + 6);
    tree.set(name(path.slice(1)), { mode: Number.parseInt(mode, 16), owner, mtime, inode, device });
  }
  return tree;
}

/** By path the lines that getfattr has for it. */
async function xattrTree(root: string): Promise<Map<string, string>> {
  const out = await latin1(
    'getfattr --recursive --physical --no-dereference --dump --match=- --encoding=hex .',
    root,
  );
  const tree = new Map<string, string>();
  for (const block of out.split('\n\n')) {
    const [head = '', ...lines] = block.split('\n').filter(Boolean);
    if (head === '') continue;
    const escaped = head.slice('# file: '.length);
    // getfattr writes odd bytes as three octal digits.
    const raw = escaped.replace(/\\(\d{3})/g, (_all, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    tree.set(raw === '.' ? '/' : name(`/${raw.replace(/^\.\//, '')}`), lines.sort().join());
  }
  return tree;
}

function groupsOf(tree: ReadonlyMap<string, Stat>): Map<string, string> {
  const paths = new Map<string, string[]>();
  for (const [path, { mode, inode }] of tree)
    if ((mode & TYPE) !== DIRECTORY) paths.set(inode, [...(paths.get(inode) ?? []), path]);
  const groups = new Map<string, string>();
  for (const same of paths.values())
    if (same.length > 1) for (const path of same) groups.set(path, [...same].sort().join('\0'));
  return groups;
}

/** What a script prints, a character for each byte. */
async function latin1(script: string, cwd: string): Promise<string> {
  const out = await tool('bash', ['-c', `set -o pipefail; { ${script}; } | base64 -w0`], { cwd });
  return Buffer.from(out, 'base64').toString('latin1');
}

function name(bytes: string): string {
  return bytes === '' ? '/' : decodeName(Buffer.from(bytes, 'latin1'));
}
