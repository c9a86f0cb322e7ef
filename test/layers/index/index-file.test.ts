import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeColumns, encodeColumns } from '../../../src/layers/index/columns.js';
import { decodeIndex, encodeIndex, moveIndex } from '../../../src/layers/index/index-file.js';
import { entriesOf, entryAt, type LayerIndex } from '../../../src/layers/index/layer-index.js';
import { decodeUnion, encodeUnion, unionKey } from '../../../src/layers/union/union-file.js';
import { unite } from '../../../src/layers/union/unite.js';
import { walk } from '../../../src/layers/union/walk.js';
import { layerOf } from '../../helpers/layers.js';

const RICH = [
  { name: 'etc/', type: 'dir' as const },
  {
    name: 'etc/a',
    content: 'A',
    mode: 0o4755,
    uid: 4_000_000_000,
    gid: 7,
    mtime: -5,
    nanoseconds: 999_999_999,
  },
  { name: 'etc/b', type: 'hardlink' as const, link: './etc/../etc/a' },
  { name: 'etc/l', type: 'symlink' as const, link: '../x\u001b' },
  { name: Uint8Array.of(0x64, 0xff), content: new Uint8Array(40_000).fill(7) },
  { name: 'dev', type: 'char' as const, device: [259, 1_048_575] as const },
  { name: 'cap', xattrs: { 'security.capability': '\u0001', 'user.x': '' } },
  { name: 'cap2', xattrs: { 'user.x': '', 'security.capability': '\u0001' } },
  { name: '.wh.gone' },
];

function whole(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

function plain(index: LayerIndex): unknown[] {
  return [...entriesOf(index)].map((entry) => ({
    path: entry.path,
    kind: entry.kind,
    mode: entry.mode,
    owner: [entry.uid, entry.gid],
    size: entry.size,
    stored: entry.storedSize,
    mtime: entry.mtime,
    link: entry.link,
    device: [entry.deviceMajor, entry.deviceMinor],
    xattrs: [...entry.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]),
    content: entry.content,
    offsets: [entry.headerOffset, entry.dataOffset],
  }));
}

describe('the file form of an index', () => {
  it('gives back every field of every entry', () => {
    const index = layerOf(RICH);
    const again = decodeIndex(encodeIndex(index));
    expect(plain(again)).toEqual(plain(index));
    expect([...again.anomalyCounts]).toEqual([...index.anomalyCounts]);
    expect(again.anomalies).toEqual(index.anomalies);
  });
  it('is the same bytes for the same layer (law 6)', () => {
    expect(encodeIndex(layerOf(RICH))).toEqual(encodeIndex(layerOf(RICH)));
  });
  it('is the same bytes when the index is given up for it, however large', () => {
    const index = layerOf(Array.from({ length: 600_000 }, (_, i) => ({ name: `d/${String(i)}` })));
    const file = encodeIndex(index);
    expect(Buffer.compare(moveIndex(index), file)).toBe(0);
    expect(decodeIndex(file).paths.count).toBe(600_002);
  });
  it('digests contents with SHA-256', () => {
    const index = layerOf(RICH);
    expect(entryAt(index, 1).content).toBe(`sha256:${createHash('sha256').update('A').digest('hex')}`);
    expect(entryAt(index, 4).content).toBe(
      `sha256:${createHash('sha256').update(new Uint8Array(40_000).fill(7)).digest('hex')}`,
    );
  });
  it('keeps equal xattr sets once', () => {
    expect(layerOf(RICH).xattrSets).toHaveLength(1);
  });
});

describe('the file form of a union', () => {
  it('gives back the same snapshots', () => {
    const layers = [layerOf(RICH), layerOf([{ name: 'etc/.wh..wh..opq' }, { name: 'etc/n', content: 'n' }])];
    const union = unite(layers);
    const again = decodeUnion(whole(encodeUnion(union)), layers);
    for (const n of [1, 2])
      expect([...walk(again, n)].map(({ file }) => [file.path, file.kind, file.content, file.layer])).toEqual(
        [...walk(union, n)].map(({ file }) => [file.path, file.kind, file.content, file.layer]),
      );
  });
  it('has a key that depends on the layers and their order', () => {
    const a = layerOf([{ name: 'a' }]);
    const b = layerOf([{ name: 'b' }]);
    expect(new Set([unionKey([a, b]), unionKey([b, a]), unionKey([a]), unionKey([a, b, b])]).size).toBe(4);
    expect(unionKey([a, b])).toBe(unionKey([a, b]));
  });
});

describe('columns', () => {
  it('survive the round trip whatever their type and length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint16Array(),
        fc.uint32Array(),
        fc.int32Array(),
        fc.float64Array({ noNaN: true }),
        fc.jsonValue({ noUnicodeString: false }),
        (u8, u16, u32, i32, f64, meta) => {
          const { meta: readMeta, columns } = decodeColumns(
            whole(encodeColumns(meta, { u8, u16, u32, i32, f64 })),
          );
          expect(JSON.stringify(readMeta)).toBe(JSON.stringify(meta));
          expect(Object.fromEntries(columns)).toEqual({ u8, u16, u32, i32, f64 });
        },
      ),
    );
  });
  it('that do not fit their file are refused, not read beyond it', () => {
    const bytes = whole(encodeColumns({}, { a: new Uint32Array(10) }));
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeColumns(bytes.slice(0, length))).toThrow(/reading columns/);
  });
});
