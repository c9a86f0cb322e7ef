import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import { DEFAULT_LIMITS, type Limits } from '../../../src/model/limits.js';
import { scanTar } from '../../../src/io/tar/scan.js';
import { archive, block, END, file, pax, readTar } from './support.js';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Scan {
  readonly members: readonly unknown[];
  readonly codes: readonly string[];
  readonly end: unknown;
}

async function scan(
  name: string,
  offset: number,
  length: number,
  limits: Partial<Limits> = {},
): Promise<Scan> {
  const anomalies = createAnomalyLog();
  const members: unknown[] = [];
  const member = (m: {
    name: Uint8Array;
    storedSize: number;
    headerOffset: number;
    dataOffset: number;
  }): void =>
    void members.push([Buffer.from(m.name).toString('latin1'), m.storedSize, m.headerOffset, m.dataOffset]);
  const range = { path: path.join(folder, name), offset, length };
  const end = await scanTar(range, { member }, { limits: { ...DEFAULT_LIMITS, ...limits }, anomalies });
  return { members, codes: [...anomalies.counts.keys()], end };
}

describe('a scan of headers', () => {
  it('finds the members that reading finds, at any place in a file', async () => {
    const parts = Array.from({ length: 3000 }, (_, at) =>
      file({ name: `f${at}` }, 'x'.repeat((at * 37) % 3000)),
    );
    const tar = archive(
      ...parts,
      pax([['path', 'p'.repeat(200)]]),
      file({}, 'y'.repeat(200_000)),
      file({ name: 'last' }),
    );
    writeFileSync(
      path.join(folder, 'many.tar'),
      Buffer.concat([Buffer.alloc(777, 'a'), tar, Buffer.alloc(100, 'b')]),
    );
    const scanned = await scan('many.tar', 777, tar.length);
    const read = readTar(tar, { keep: false });
    expect(scanned.members).toEqual(
      read.members.map(({ name, stored, headerOffset, dataOffset }) => [
        name,
        stored,
        headerOffset,
        dataOffset,
      ]),
    );
    expect(scanned.end).toEqual(read.end);
  });

  it('does not read the contents: members of 1 TiB in a file of holes take a few reads', async () => {
    const size = 2 ** 40;
    const fd = openSync(path.join(folder, 'holes.tar'), 'w');
    const head = Buffer.concat([pax([['size', String(size)]]), block({ name: 'first' })]);
    writeSync(fd, head, 0, head.length, 0);
    const second = Buffer.concat([file({ name: 'second' }, 'abc'), END]);
    writeSync(fd, second, 0, second.length, head.length + size);
    closeSync(fd);
    const { members } = await scan('holes.tar', 0, head.length + size + second.length);
    expect(members).toEqual([
      ['first', size, 0, 1536],
      ['second', 3, head.length + size, head.length + size + 512],
    ]);
  });

  it('ends in E_TRUNCATED where the range or the file ends inside a content', async () => {
    const tar = archive(file({}, 'x'.repeat(100_000)));
    writeFileSync(path.join(folder, 'cut.tar'), tar.subarray(0, 50_000));
    await expect(scan('cut.tar', 0, 50_000)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    await expect(scan('cut.tar', 0, tar.length)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    writeFileSync(path.join(folder, 'whole.tar'), tar);
    await expect(scan('whole.tar', 0, tar.length + 1)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  });

  it('keeps to the limits of the reader', async () => {
    writeFileSync(path.join(folder, 'two.tar'), archive(file(), file()));
    await expect(scan('two.tar', 0, 2048, { entries: 1 })).rejects.toMatchObject({ code: 'E_LIMIT' });
  });

  it('does not read on behind hidden members, and says that they are there', async () => {
    const tar = Buffer.concat([archive(file()), file({ name: 'hidden' }), Buffer.alloc(1_000_000, 'x')]);
    writeFileSync(path.join(folder, 'hidden.tar'), tar);
    const { codes, end } = await scan('hidden.tar', 0, tar.length);
    expect([codes, end]).toEqual([['tar-members-after-end'], { bytes: tar.length, endMarkerAt: 512 }]);
  });

  it('of an empty range is an archive without an end', async () => {
    writeFileSync(path.join(folder, 'empty.tar'), '');
    expect((await scan('empty.tar', 0, 0)).codes).toEqual(['tar-no-end-marker']);
  });

  it('of a file that cannot be opened is E_UNREADABLE', async () => {
    await expect(scan('absent.tar', 0, 512)).rejects.toMatchObject({ code: 'E_UNREADABLE' });
  });
});
