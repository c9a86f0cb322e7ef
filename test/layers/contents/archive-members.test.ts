import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveListing, listArchive } from '../../../src/layers/contents/archive-members.js';
import { compareArchives } from '../../../src/layers/contents/archive-difference.js';
import { tool } from '../../helpers/tool.js';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Everything that bsdtar writes of one tree. */
const WRITTEN = ['a.zip', 'a.tar', 'a.tar.gz', 'a.tar.zst'] as const;
const TREE = `mkdir -p t/dir && printf hello > t/one && seq 5000 > t/dir/two && ln -s one t/link && printf '' > t/empty
  printf x > $'t/\\xff odd' && chmod 640 t/one && chmod 755 t/dir && find t -exec touch -h -d 2024-01-01 {} +`;

const read = (name: string): Buffer => readFileSync(path.join(folder, name));
const run = (script: string): Promise<string> => tool('bash', ['-ec', script], { cwd: folder });

async function listed(bytes: Uint8Array, limits = {}): Promise<ArchiveListing> {
  const listing = await listArchive(bytes, limits);
  if (listing === undefined) throw new Error('no archive');
  return listing;
}

beforeAll(async () => {
  await run(TREE);
  for (const name of WRITTEN) await run(`LC_ALL=C bsdtar --no-xattrs -acf ${name} t`);
  await run('gzip -c t/dir/two > two.gz && zstd -q t/dir/two -o two.zst');
});

describe('listArchive', () => {
  it.each(WRITTEN)('lists %s as bsdtar does, with the digest of each content', async (name) => {
    const { members, stopped, format } = await listed(read(name));
    expect(stopped).toBeUndefined();
    expect(`a.${format}`).toBe(name);
    const theirs = (await run(`LC_ALL=C bsdtar -tf ${name}`)).split('\n').slice(0, -1);
    expect(members).toHaveLength(theirs.length);
    const paths = members.map((member) => member.path).sort();
    expect(paths).toEqual(['t/', 't/dir/', 't/dir/two', 't/empty', 't/link', 't/one', 't/\udcff odd'].sort());
    const digest = (await run('sha256sum t/dir/two')).slice(0, 64);
    expect(members.find((member) => member.path === 't/dir/two')).toMatchObject({
      kind: 'file',
      size: 23893,
      content: digest,
    });
    expect(members.find((member) => member.path === 't/link')?.kind).toBe('symlink');
    expect(members.find((member) => member.path === 't/one')?.mode).toBe(0o640);
    expect(members.find((member) => member.path === 't/dir/')?.kind).toBe('directory');
  });

  it.each([
    ['two.gz', 'gzip'],
    ['two.zst', 'zstd'],
  ])('gives the only content of %s', async (name, format) => {
    const listing = await listed(read(name));
    expect(listing).toMatchObject({ format, stopped: undefined });
    expect(listing.members).toHaveLength(1);
    expect(Buffer.compare(listing.inner ?? Buffer.of(), read('t/dir/two'))).toBe(0);
    expect((await listed(read(name), { inner: 100 })).inner).toBeUndefined();
  });

  it('is undefined for what is no archive', async () => {
    expect(await listArchive(Buffer.from('text'))).toBeUndefined();
    expect(await listArchive(Buffer.of())).toBeUndefined();
  });

  it('stops at its limits and says so', async () => {
    for (const name of WRITTEN) {
      const { members, stopped } = await listed(read(name), { members: 2 });
      expect(members).toHaveLength(2);
      expect(stopped).toMatch(/more than 2 members/);
    }
    expect((await listed(read('a.tar.gz'), { bytes: 1000 })).stopped).toBe(
      'it expands to more than 1000 bytes',
    );
    expect((await listed(gzipSync(Buffer.alloc(1e6)), { bytes: 1000 })).stopped).toBe(
      'it expands to more than 1000 bytes',
    );
    // A zip says of each member what it is without being read.
    const { members, stopped } = await listed(read('a.zip'), { bytes: 100 });
    expect(stopped).toBeUndefined();
    expect(members.find((member) => member.path === 't/dir/two')).toMatchObject({
      content: undefined,
      size: 23893,
    });
  });

  it('says of every cut that it is not whole, and lists what came before', async () => {
    for (const name of [...WRITTEN, 'two.gz', 'two.zst']) {
      const whole = read(name);
      const { members } = await listed(whole);
      for (const part of [0.2, 0.5, 0.9]) {
        const cut = await listArchive(whole.subarray(0, Math.floor(whole.length * part)));
        if (name !== 'a.tar' || part < 0.9) expect(cut?.stopped, `${name} ${String(part)}`).toBeDefined();
        expect(cut?.members.length).toBeLessThanOrEqual(members.length);
      }
    }
  });

  it('throws nothing, whatever bytes of an archive change', async () => {
    const files = [...WRITTEN, 'two.gz', 'two.zst'].map(read);
    const change = fc.record({
      at: fc.nat(),
      end: fc.boolean(),
      value: fc.constantFrom(0, 1, 0x50, 0x7f, 0xff),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 8 }),
        async (file, changes) => {
          const bytes = Buffer.from(file);
          // The directory of a zip is at its end; what decides of a tar at its beginning.
          for (const { at, end, value } of changes)
            bytes[
              end ? bytes.length - 1 - (at % Math.min(700, bytes.length)) : at % Math.min(1200, bytes.length)
            ] = value;
          const listing = await listArchive(bytes);
          if (listing !== undefined) expect(listing.members.length).toBeLessThan(100);
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe('compareArchives', () => {
  const compare = async (a: string, b: string, limits = {}) =>
    compareArchives(await listed(read(a), limits), await listed(read(b), limits), 50);

  beforeAll(async () => {
    await run(`rm -rf c && mkdir c && cp -a t c/ && cd c && find t -exec touch -h -d 2025-05-05 {} +
      bsdtar --no-xattrs -acf ../times.zip t && bsdtar --no-xattrs -acf ../times.tar t
      bsdtar --no-xattrs -cf ../order.tar --no-recursion t t/link t/one t/empty t/dir t/dir/two t/*odd
      gzip -1 -c t/dir/two > ../times.gz
      printf new > t/new && rm t/empty && printf HELLO > t/one && chmod 700 t/dir && ln -sfn two t/link
      bsdtar --no-xattrs -acf ../other.zip t && bsdtar --no-xattrs -acf ../other.tar t && bsdtar --no-xattrs -acf ../other.tar.gz t
      seq 4999 | gzip > ../other.gz`);
  });

  it.each([
    ['a.zip', 'times.zip'],
    ['a.tar', 'times.tar'],
    ['a.tar', 'order.tar'],
    ['two.gz', 'times.gz'],
  ])('%s and %s differ only in times and order', async (a, b) => {
    expect(await compare(a, b)).toMatchObject({
      onlyTimes: true,
      changed: { items: [] },
      stopped: [undefined, undefined],
    });
  });

  it.each([
    ['a.zip', 'other.zip'],
    ['a.tar', 'other.tar'],
    ['a.tar.gz', 'other.tar.gz'],
  ])('tells what came, went and changed from %s to %s', async (a, b) => {
    const difference = await compare(a, b);
    expect(difference.onlyTimes).toBe(false);
    expect(difference.added.items.map((each) => each.path)).toEqual(['t/new']);
    expect(difference.removed.items.map((each) => each.path)).toEqual(['t/empty']);
    const changed = new Map(difference.changed.items.map((each) => [each.path, each.facets]));
    expect(changed).toEqual(
      new Map([
        ['t/one', ['content']],
        ['t/link', [a === 'a.zip' ? 'content' : 'link']],
        ['t/dir/', ['mode']],
      ]),
    );
  });

  it('compares the only contents of compressed files as text', async () => {
    expect((await compare('two.gz', 'other.gz')).inner).toMatchObject({ kind: 'text', removed: 1, added: 0 });
  });

  it('takes nothing for added or removed where a side was not listed to its end', async () => {
    const short = compareArchives(
      await listed(read('a.tar'), { members: 2 }),
      await listed(read('other.tar')),
      50,
    );
    expect(short).toMatchObject({ onlyTimes: false, added: { items: [] } });
    expect(short.stopped[0]).toBeDefined();
  });

  it('does not take what a zip says of itself for proof', async () => {
    // One byte of the stored content of `t/one` is changed, its CRC is not.
    const bytes = read('times.zip');
    await run('printf hello > one && bsdtar --options zip:compression=store -acf stored.zip one');
    const stored = read('stored.zip');
    const forged = Buffer.from(stored);
    forged[forged.indexOf('hello')] = 0x48;
    const difference = compareArchives(await listed(stored), await listed(forged), 50);
    expect(difference.changed.items.map((each) => each.facets)).toEqual([['content']]);
    const unread = compareArchives(
      await listed(bytes, { bytes: 0 }),
      await listed(read('a.zip'), { bytes: 0 }),
      50,
    );
    expect(unread).toMatchObject({ onlyTimes: false, changed: { items: [] } });
    expect(unread.byChecksum).toBeGreaterThan(0);
  });
});
