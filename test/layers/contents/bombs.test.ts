import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { describeDifference } from '../../../src/layers/contents/binary-diff.js';
import { listArchive } from '../../../src/layers/contents/archive-members.js';

const MiB = 1024 * 1024;

/** A zip whose central directory names one stored blob many times, and says of each that it is `size` bytes. */
function overlapping(count: number, stored: Buffer, size: number): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  const central: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(`m${String(i)}`);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(stored.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(name.length, 28);
    central.push(entry, name);
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length + stored.length, 16);
  return Buffer.concat([local, stored, directory, end]);
}

test('members of a zip that lie over each other end the listing: they would cost as often as they are named', async () => {
  const stored = deflateRawSync(Buffer.alloc(8 * MiB - 1));
  const listed = await listArchive(overlapping(2000, stored, 8 * MiB));
  expect(listed?.stopped).toBe('members lie over each other');
  expect(listed?.members.length).toBeLessThan(20);
});

/** An ELF64 file with one section of that name and type that covers `body`. */
function elfWith(name: string, type: number, body: Buffer): Buffer {
  const strings = Buffer.from(`\0${name}\0.shstrtab\0`);
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(3, 60);
  header.writeUInt16LE(2, 62);
  header.writeBigUInt64LE(BigInt(64 + body.length + strings.length), 40);
  const section = (nameAt: number, kind: number, offset: number, size: number): Buffer => {
    const one = Buffer.alloc(64);
    one.writeUInt32LE(nameAt, 0);
    one.writeUInt32LE(kind, 4);
    one.writeBigUInt64LE(BigInt(offset), 24);
    one.writeBigUInt64LE(BigInt(size), 32);
    return one;
  };
  return Buffer.concat([
    header,
    body,
    strings,
    section(0, 0, 0, 0),
    section(1, type, 64, body.length),
    section(name.length + 2, 3, 64 + body.length, strings.length),
  ]);
}

const note = (id: Buffer): Buffer => {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(id.length, 4);
  head.writeUInt32LE(3, 8);
  head.write('GNU\0', 12, 'latin1');
  return Buffer.concat([head, id]);
};

test.each([
  ['a build id', '.note.gnu.build-id', 7, note(Buffer.alloc(20, 1)), note(Buffer.alloc(20, 2)), true],
  ['code under its name', '.note.gnu.build-id', 1, Buffer.alloc(4096, 0x90), Buffer.alloc(4096, 0xcc), false],
  [
    'a note that is too long',
    '.note.gnu.build-id',
    7,
    note(Buffer.alloc(64, 1)),
    note(Buffer.alloc(64, 2)),
    false,
  ],
  ['another note', '.note.other', 7, note(Buffer.alloc(20, 1)), note(Buffer.alloc(20, 2)), false],
] as const)(
  'only what is a build id is taken for one: %s',
  async (_what, name, type, before, after, only) => {
    const detail = await describeDifference(elfWith(name, type, before), elfWith(name, type, after));
    expect(detail.elf?.onlyBuildId).toBe(only);
  },
);
