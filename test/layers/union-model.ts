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
  const clean = (name: string): string =>
    `/${name
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')}`;
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const removeBelow = (path: string): void => {
    for (const other of [...tree.keys()])
      if (other.startsWith(path === '/' ? '/' : `${path}/`) && other !== '/') tree.delete(other);
  };
  const named = members.map((spec) => ({ spec, path: clean(String(spec.name)) }));
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
  const directory = (mode: number): ModelFile => ({
    kind: 'directory',
    content: '',
    mode,
    link: '',
    inode: {},
  });
  const makeParents = (path: string): void => {
    const parent = parentOf(path);
    if (parent !== '/') makeParents(parent);
    if (tree.get(parent)?.kind !== 'directory') tree.set(parent, directory(0o755));
  };
  for (const { spec, path } of named) {
    if (isWhiteout(path)) continue;
    let file: ModelFile = {
      kind: spec.type === 'dir' ? 'directory' : spec.type === 'symlink' ? 'symlink' : 'file',
      content: String(spec.content ?? ''),
      mode: spec.mode ?? (spec.type === 'dir' ? 0o755 : 0o644),
      link: spec.type === 'symlink' ? (spec.link ?? '') : '',
      inode: {},
    };
    if (spec.type === 'hardlink') {
      const target = clean(spec.link ?? '');
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
