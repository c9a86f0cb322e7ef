import { ENTRY_KINDS, type EntryKind } from '../../model/entry.js';
import type { Image } from '../../model/image.js';
import { decodeName } from '../../model/name.js';
import type { DiveNumbers } from './dive.js';
import { diveTree, type DiveTree } from './dive-tree.js';
import { type LayerIndex, linkAt } from '../index/layer-index.js';
import { nodeName, nodePath } from '../index/path-table.js';
import type { Union } from '../union/union.js';

/** Type flags of tar, and of Go's os.FileMode the bits of the kind. */
const KINDS: Readonly<Record<EntryKind, readonly [typeFlag: number, mode: number]>> = {
  file: [0x30, 0],
  hardlink: [0x31, 0],
  symlink: [0x32, 2 ** 27],
  character: [0x33, 2 ** 26 + 2 ** 21],
  block: [0x34, 2 ** 26],
  directory: [0x35, 2 ** 31],
  fifo: [0x36, 2 ** 25],
  whiteout: [0x30, 0],
  opaque: [0x30, 0],
};

/**
 * Yields the text that `dive --json FILE` (v0.13.1, runtime/export) writes of the layers 1..n. What dive takes from the
 * tar and an index does not keep differs: a hard link's target is its clean path, and a name never begins with a slash.
 */
export function* diveJson(image: Image, union: Union, n: number, numbers: DiveNumbers): Generator<string> {
  const about = describeLayers(image);
  yield '{\n  "layer": [';
  for (let position = 0; position < n; position++) {
    const index = union.layers[position];
    const { id, digestID, command } = about[position] ?? UNKNOWN;
    const head = [
      ['index', String(position)],
      ['id', goString(id)],
      ['digestId', goString(digestID)],
      ['sizeBytes', String(numbers.layerBytes[position])],
      ['command', goString(command)],
    ];
    yield `${position === 0 ? '' : ','}\n    {\n${fields(head, 6)},\n      "fileList": `;
    yield* list(fileFields(index, diveTree(index)), 6);
    yield '\n    }';
  }
  yield `${n === 0 ? '' : '\n  '}],\n  "image": {\n`;
  yield fields(
    [
      ['sizeBytes', String(numbers.sizeBytes)],
      ['inefficientBytes', String(numbers.wastedBytes)],
      ['efficiencyScore', String(numbers.efficiency)],
    ],
    4,
  );
  yield ',\n    "fileReference": ';
  yield* list(referenceFields(numbers), 4);
  yield '\n  }\n}';
}

type Fields = readonly (readonly string[])[];

function fields(pairs: Fields, indent: number): string {
  const margin = ' '.repeat(indent);
  return pairs.map(([key, value]) => `${margin}"${key}": ${value}`).join(',\n');
}

function* list(items: Iterable<Fields>, indent: number): Generator<string> {
  const margin = ' '.repeat(indent + 2);
  let begun = false;
  for (const item of items) {
    yield `${begun ? ',' : '['}\n${margin}{\n${fields(item, indent + 4)}\n${margin}}`;
    begun = true;
  }
  yield begun ? `\n${' '.repeat(indent)}]` : '[]';
}

function* referenceFields({ inefficient }: DiveNumbers): Generator<Fields> {
  for (const { count, sizeBytes, path } of inefficient)
    yield [
      ['count', String(count)],
      ['sizeBytes', String(sizeBytes)],
      ['file', goString(path)],
    ];
}

function* fileFields(index: LayerIndex, tree: DiveTree): Generator<Fields> {
  for (let i = 0; i < tree.count; i++) {
    const row = tree.row[i];
    const kind = row < 0 ? undefined : ENTRY_KINDS[index.columns.kind[row]];
    const [typeFlag, kindBits] = kind === undefined ? [0, 0] : KINDS[kind];
    const { mode, uid, gid, size } = index.columns;
    const link = row < 0 ? '' : linkAt(index, row);
    yield [
      ['path', goString(row < 0 ? '' : filePath(index, tree, i))],
      ['typeFlag', String(typeFlag)],
      ['linkName', goString(kind === 'hardlink' ? link.slice(1) : link)],
      ['size', String(row < 0 ? 0 : size[row])],
      ['fileMode', String(row < 0 ? 0 : goMode(mode[row]) + kindBits)],
      ['uid', String(row < 0 ? 0 : uid[row])],
      ['gid', String(row < 0 ? 0 : gid[row])],
      ['isDir', String(kind === 'directory')],
    ];
  }
}

function filePath({ paths }: LayerIndex, tree: DiveTree, i: number): string {
  const node = tree.node[i];
  if (tree.whiteout[i] === 0) return nodePath(paths, node).slice(1);
  const parent = nodePath(paths, paths.parent[node]).slice(1);
  return `${parent === '' ? '' : `${parent}/`}.wh.${nodeName(paths, node)}`;
}

/** The permission bits as Go's os.FileMode has them. */
function goMode(mode: number): number {
  const set = (bit: number, go: number): number => ((mode & bit) === 0 ? 0 : go);
  return (mode & 0o777) + set(0o4000, 2 ** 23) + set(0o2000, 2 ** 22) + set(0o1000, 2 ** 20);
}

interface LayerText {
  readonly id: string;
  readonly digestID: string;
  readonly command: string;
}

const UNKNOWN: LayerText = { id: 'blobs', digestID: '', command: '(missing)' };

/**
 * Deals the steps that made layers out to the layers as they come, as dive does (dive/image/docker/image_archive.go
 * ToImage): after the last one a layer has none, whatever the diffIDs say.
 */
function describeLayers(image: Image): LayerText[] {
  const folders = layerFolders(image);
  const steps = image.config.history.filter(({ emptyLayer }) => !emptyLayer);
  return image.layers.map((_, i) => {
    const id = folders[i] ?? UNKNOWN.id;
    if (i >= steps.length) return { ...UNKNOWN, id };
    const command = steps[i].createdBy.replace(/^\/bin\/sh -c /, '');
    return { id, digestID: image.config.diffIDs[i] ?? '', command };
  });
}

/** The first component of the names that a docker archive gives its layers. */
function layerFolders({ transport, rawManifest }: Image): readonly string[] {
  if (transport !== 'docker-archive' || rawManifest === undefined) return [];
  try {
    const entry = JSON.parse(decodeName(rawManifest)) as { Layers?: unknown };
    return Array.isArray(entry.Layers) ? entry.Layers.map((name) => String(name).split('/')[0]) : [];
  } catch {
    return [];
  }
}

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const HTML: ReadonlyMap<string, string> = new Map(
  ['<', '>', '&', '\u2028', '\u2029'].map((char) => [
    char,
    `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ]),
);

/** Text as Go's encoding/json writes it: safe in HTML, and `\ufffd` for each byte that is not UTF-8. */
function goString(text: string): string {
  const parts = text.split(LONE_SURROGATE).map((part) => JSON.stringify(part).slice(1, -1));
  return `"${parts.join('\\ufffd').replace(/[<>&\u2028\u2029]/g, (char) => HTML.get(char) ?? char)}"`;
}
