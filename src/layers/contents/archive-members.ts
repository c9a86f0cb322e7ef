import { createHash } from 'node:crypto';
import { decompress } from '../../io/codec/decompress.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { DEFAULT_LIMITS } from '../../model/limits.js';
import { ARCHIVE_LIMITS, type ArchiveLimits, type ArchiveMember, noteOf } from './archive-member.js';
import { guessType } from '../read/magic.js';
import { listTar, piecesOf } from './tar-members.js';
import { listZip } from './zip-members.js';

export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz' | 'tar.zst' | 'gzip' | 'zstd';

export interface ArchiveListing {
  readonly format: ArchiveFormat;
  /** In the order of the archive. */
  readonly members: readonly ArchiveMember[];
  /** Why there are no more members: a limit or damage. Raw text. Undefined when the archive was read to its end. */
  readonly stopped: string | undefined;
  /** The only content of a gzip or zstd file that holds no tar; undefined for others, and when it is too large. */
  readonly inner: Uint8Array | undefined;
}

/**
 * Lists the members of a zip (jar, wheel, apk, …), a tar, or a gzip or zstd file, whose content may be a tar; undefined
 * for anything else. Members that are archives are not opened. Ends within the limits and throws nothing, whatever the
 * bytes: `stopped` says what went wrong.
 */
export async function listArchive(
  bytes: Uint8Array,
  limits: ArchiveLimits = {},
): Promise<ArchiveListing | undefined> {
  const most = { ...ARCHIVE_LIMITS, ...limits };
  const type = guessType(bytes);
  if (type?.startsWith('ZIP')) return { format: 'zip', ...(await listZip(bytes, most)), inner: undefined };
  if (type === 'tar') return { format: 'tar', ...(await listTar(piecesOf(bytes), most)), inner: undefined };
  if (type === 'gzip' || type === 'Zstandard') return listCompressed(bytes, type === 'gzip', most);
  return undefined;
}

async function listCompressed(
  bytes: Uint8Array,
  gzip: boolean,
  limits: Required<ArchiveLimits>,
): Promise<ArchiveListing> {
  const plain = expand(bytes, gzip, limits.bytes);
  try {
    const first = await plain.next();
    const head = first.done === true ? new Uint8Array(0) : first.value;
    const source = resumed(head, plain);
    if (guessType(head) === 'tar')
      return { format: gzip ? 'tar.gz' : 'tar.zst', ...(await listTar(source, limits)), inner: undefined };
    return await single(source, gzip, limits, gzip ? gzipTime(bytes) : undefined);
  } catch (thrown) {
    return { format: gzip ? 'gzip' : 'zstd', members: [], stopped: noteOf(thrown), inner: undefined };
  } finally {
    await plain.return();
  }
}

async function* expand(bytes: Uint8Array, gzip: boolean, most: number): AsyncGenerator<Uint8Array, void> {
  const options = { limits: DEFAULT_LIMITS, anomalies: createAnomalyLog(), what: 'the file' };
  let length = 0;
  for await (const chunk of decompress(piecesOf(bytes), gzip ? 'gzip' : 'zstd', options)) {
    length += chunk.length;
    if (length > most) throw new Error(`it expands to more than ${most} bytes`);
    yield chunk;
  }
}

async function* resumed(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield head;
  yield* rest;
}

async function single(
  source: AsyncIterable<Uint8Array>,
  gzip: boolean,
  limits: Required<ArchiveLimits>,
  modified: number | undefined,
): Promise<ArchiveListing> {
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.length;
    if (size <= limits.inner) kept.push(chunk);
    else kept.length = 0;
  }
  const member: ArchiveMember = {
    path: '',
    kind: 'file',
    size,
    content: hash.digest('hex'),
    crc: undefined,
    link: undefined,
    mode: undefined,
    owner: undefined,
    modified,
  };
  return {
    format: gzip ? 'gzip' : 'zstd',
    members: [member],
    stopped: undefined,
    inner: size <= limits.inner ? Buffer.concat(kept) : undefined,
  };
}

/** MTIME of the first member's header (RFC 1952, 2.3). */
function gzipTime(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(4, true);
}
