import { describe, expect, it } from 'vitest';
import { createIndexBuilder } from '../../../src/layers/index/build-index.js';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import type { TarMember } from '../../../src/model/tar-member.js';

const FILE: TarMember = {
  kind: 'file',
  name: Buffer.from('f'),
  typeflag: 0x30,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  storedSize: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  linkName: Buffer.alloc(0),
  deviceMajor: 0,
  deviceMinor: 0,
  xattrs: undefined,
  sparse: undefined,
  headerOffset: 0,
  dataOffset: 512,
};

/** Adds members until the builder has had enough of them; returns how many it took. */
function taken(indexBytes: number, make: (i: number) => Partial<TarMember>): number {
  const builder = createIndexBuilder(createAnomalyLog(), { indexBytes });
  for (let i = 0; i < 1000; i++) {
    try {
      builder.member({ ...FILE, ...make(i) });
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'E_LIMIT' });
      return i;
    }
    builder.memberEnd();
  }
  return 1000;
}

describe('what entries have beside their columns is bounded', () => {
  const long = Buffer.alloc(200, 'x');
  it.each<[string, (i: number) => Partial<TarMember>]>([
    ['names', (i) => ({ name: Buffer.from(`${String(i)}-${long.toString()}`) })],
    ['link targets', () => ({ kind: 'symlink', typeflag: 0x32, linkName: long })],
    ['extended attributes', (i) => ({ xattrs: new Map([['user.a', Buffer.from(String(i))]]) })],
    ['maps of sparse files', () => ({ size: 200, storedSize: 50, sparse: [0, 10, 20, 10, 40, 10, 60, 20] })],
  ])('%s', (_what, make) => {
    const count = taken(20_000, make);
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(200);
  });
  it('but equal extended attributes are kept once', () => {
    expect(taken(20_000, () => ({ xattrs: new Map([['user.a', long]]) }))).toBe(1000);
  });
});
