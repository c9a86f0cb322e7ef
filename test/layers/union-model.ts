import type { MemberSpec } from '../helpers/layers.js';

/**
 * The union by the letter of OCI image-spec 1.1 layer.md, slowly and obviously: a Map from path to what is there,
 * rebuilt for each layer. The second opinion for `unite`.
 */
export interface ModelFile {
  readonly kind: string;
  readonly content: string;
  readonly mode: number;
  readonly link: string;
  /** Identity shared by hard links. */
  readonly inode: object;
}

export type ModelTree = ReadonlyMap<string, ModelFile>;

export function modelUnion(layers: readonly (readonly MemberSpec[])[]): ModelTree[] {
  let tree = new Map<string, ModelFile>();
  return layers.map((members) => (tree = applyLayer(new Map(tree), members)));
}

function applyLayer(tree: Map<string, ModelFile>, members: readonly MemberSpec[]): Map<string, ModelFile> {
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const removeBelow = (path: string): void => {
    for (const other of [...tree.keys()])
      if (other.startsWith(path === '/' ? '/' : `${path}/`) && other !== '/') tree.delete(other);
  };
  const named = placeMembers(members);
  const isWhiteout = (path: string): boolean => path.split('/').some((part) => part.startsWith('.wh.'));
  for (const { path } of named) {
    const base = path.slice(path.lastIndexOf('/') + 1);
    const directory = parentOf(path);
    if (!base.startsWith('.wh.')) continue;
    if (base === '.wh..wh..opq') removeBelow(directory);
    else {
      const hidden = `${directory === '/' ? '' : directory}/${base.slice(4)}`;
      removeBelow(hidden);
      tree.delete(hidden);
    }
  }
  const stated = new Set(named.filter(({ path }) => !isWhiteout(path)).map(({ path }) => path));
  const directory = (mode: number): ModelFile => ({
    kind: 'directory',
    content: '',
    mode,
    link: '',
    inode: {},
  });
  // A whiteout below a link of a lower layer: overlayfs has a directory there, hiding the link.
  for (const { path } of named) {
    if (!isWhiteout(path)) continue;
    const parts = parentOf(path).split('/').filter(Boolean);
    for (let length = 1; length <= parts.length; length++) {
      const link = `/${parts.slice(0, length).join('/')}`;
      if (tree.get(link)?.kind === 'symlink' && !stated.has(link)) tree.set(link, directory(0o755));
    }
  }
  const makeParents = (path: string): void => {
    const parent = parentOf(path);
    if (parent !== '/') makeParents(parent);
    if (tree.get(parent)?.kind !== 'directory') tree.set(parent, directory(0o755));
  };
  for (const { spec, path, target } of named) {
    if (isWhiteout(path)) continue;
    let file: ModelFile = {
      kind: spec.type === 'dir' ? 'directory' : spec.type === 'symlink' ? 'symlink' : 'file',
      content: String(spec.content ?? ''),
      mode: spec.mode ?? (spec.type === 'dir' ? 0o755 : 0o644),
      link: spec.type === 'symlink' ? (spec.link ?? '') : '',
      inode: {},
    };
    if (spec.type === 'hardlink') {
      const found = tree.get(target);
      if (found === undefined || found.kind === 'directory' || target === path) continue;
      file = found;
    }
    makeParents(path);
    if (file.kind !== 'directory') removeBelow(path);
    tree.set(path, file);
  }
  return tree;
}

interface Placed {
  readonly spec: MemberSpec;
  readonly path: string;
  /** Where the target of a hard link is. */
  readonly target: string;
}

/**
 * The members with the paths they have when links that the layer itself placed before them are followed in its root;
 * without those that cannot be placed because their links go round.
 */
function placeMembers(members: readonly MemberSpec[]): Placed[] {
  /** What the layer has so far: the target of a link, or undefined for anything else. */
  const own = new Map<string, string | undefined>();
  const parts = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');
  const clean = (name: string): string[] => {
    const done: string[] = [];
    for (const part of parts(name))
      if (part === '..') done.pop();
      else done.push(part);
    return done;
  };
  const follow = (name: string): string | undefined => {
    const path = clean(name);
    const last = path.pop();
    let done: string[] = [];
    let links = 0;
    for (let part = path.shift(); part !== undefined; part = path.shift()) {
      if (part === '..') {
        done.pop();
        continue;
      }
      const link = own.get(`/${[...done, part].join('/')}`);
      if (link === undefined) done.push(part);
      else if (++links > 40) return undefined;
      else {
        if (link.startsWith('/')) done = [];
        path.unshift(...parts(link));
      }
    }
    return `/${[...done, ...(last === undefined ? [] : [last])].join('/')}`;
  };
  const placed: Placed[] = [];
  for (const spec of members) {
    const path = follow(String(spec.name));
    if (path === undefined) continue;
    const target = spec.type === 'hardlink' ? (follow(spec.link ?? '') ?? '/.wh.nowhere') : '';
    placed.push({ spec, path, target });
    if (path.includes('/.wh.')) continue;
    const link = spec.type === 'symlink' ? spec.link : own.get(target);
    if (spec.type !== 'dir')
      for (const below of [...own.keys()]) if (below.startsWith(`${path}/`)) own.delete(below);
    own.set(path, link);
  }
  return placed;
}
