import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { createBreather } from '../../io/breathe.js';
import { decodeName } from '../../model/name.js';
import type { TarMemberKind } from '../../model/tar-member.js';
import { type ArchiveLimits, type ArchiveMember, type Listed, noteOf } from './archive-member.js';

const STORED = 0;
const DEFLATED = 8;
/** File types in the upper half of the external attributes, where they were written on Unix (stat(2)). */
const TYPES: ReadonlyMap<number, TarMemberKind> = new Map([
  [0o120000, 'symlink'],
  [0o040000, 'directory'],
  [0o100000, 'file'],
]);

/**
 * Lists a zip by its central directory (APPNOTE 4.3.12) and reads its members, since a CRC is only what the archive
 * says of itself. Ends within the limits; throws nothing.
 */
export async function listZip(bytes: Uint8Array, limits: Required<ArchiveLimits>): Promise<Listed> {
  const members: ArchiveMember[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let left = limits.bytes;
  // Members that share bytes cost as often as they are named: no archiver writes them.
  let unread = buffer.length;
  const breathe = createBreather();
  try {
    const zip = await fromBufferPromise(buffer, { decodeStrings: false, validateEntrySizes: true });
    for await (const entry of zip.eachEntry()) {
      if (members.length >= limits.members)
        return { members, stopped: `more than ${limits.members} members` };
      unread -= entry.compressedSize;
      if (unread < 0) return { members, stopped: 'members lie over each other' };
      // Beyond the bytes to expand there is what the archive says of the rest.
      const isRead = entry.uncompressedSize <= left;
      if (isRead) left -= entry.uncompressedSize;
      members.push(memberOf(entry, isRead ? await contentOf(zip, entry, buffer) : undefined));
      await breathe(entry.compressedSize + (isRead ? entry.uncompressedSize : 0));
    }
  } catch (thrown) {
    return { members, stopped: noteOf(thrown) };
  }
  return { members, stopped: undefined };
}

function memberOf(entry: Entry, content: Uint8Array | undefined): ArchiveMember {
  const attributes = entry.externalFileAttributes >>> 16;
  const path = decodeName(entry.fileNameRaw);
  const kind = path.endsWith('/') ? 'directory' : (TYPES.get(attributes & 0o170000) ?? 'file');
  return {
    path,
    kind,
    size: entry.uncompressedSize,
    content: content === undefined ? undefined : createHash('sha256').update(content).digest('hex'),
    crc: entry.crc32.toString(16).padStart(8, '0'),
    link: undefined,
    mode: attributes === 0 ? undefined : attributes & 0o7777,
    owner: undefined,
    modified: entry.lastModFileDate * 65_536 + entry.lastModFileTime,
  };
}

/** Undefined for what is encrypted, compressed in another way, or damaged. */
async function contentOf(zip: ZipFile, entry: Entry, buffer: Buffer): Promise<Uint8Array | undefined> {
  if (entry.isEncrypted()) return undefined;
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const stored = buffer.subarray(fileDataStart, fileDataStart + entry.compressedSize);
    if (entry.compressionMethod === STORED) return stored;
    if (entry.compressionMethod !== DEFLATED) return undefined;
    const plain = inflateRawSync(stored, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
    return plain.length === entry.uncompressedSize ? plain : undefined;
  } catch {
    return undefined;
  }
}
