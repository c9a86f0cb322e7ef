import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import type { TarMember } from '../../model/tar-member.js';
import { createAfterEnd, type AfterEnd } from './after-end.js';
import { createMemberStart } from './begin-member.js';
import { createBlocks } from './blocks.js';
import { createExtensions, type TarDialect } from './extensions.js';
import { AT, BLOCK, checkBlock, LENGTH, paddingOf, parseNumber, TYPE } from './format.js';
import { whereOf } from './header.js';
import { checkNames } from './name-limits.js';
import {
  bytesOf,
  checkSparseMap,
  createSparseMapReader,
  OLD_SPARSE,
  readOldSparseSlots,
  type SparseMapReader,
} from './sparse.js';

/** What a {@link TarReader} calls, in the order of the archive: one `member`, its `data`, one `memberEnd`. */
export interface TarHandler {
  /** `member` and its names are reused: copy what is kept. */
  member(member: TarMember): void;
  /** The next stored bytes of the member's content, a view on the pushed chunk; never empty. */
  data(chunk: Uint8Array): void;
  memberEnd(): void;
}

export interface TarReaderOptions {
  /** `path`, `name`, `entries`, `paxHeader` and `sparseFragments` are what the reader keeps to. */
  readonly limits: Limits;
  readonly anomalies: AnomalyLog;
  /** Which readers to agree with where they differ; `engine` when absent. */
  readonly dialect?: TarDialect;
}

/** What is known once a tar has been read to its end. */
export interface TarEnd {
  /** Bytes pushed and skipped. */
  readonly bytes: number;
  /** Where the end-of-archive marker begins; undefined when there is none. */
  readonly endMarkerAt: number | undefined;
}

/**
 * Reads a tar pushed in pieces of any size; how it is cut changes nothing but the pieces `data` gets. Throws E_TAR,
 * E_TRUNCATED and E_LIMIT, each naming the byte offset; after an error it must not be used again.
 */
export interface TarReader {
  /** The chunk is the caller's again when it returns. */
  push(chunk: Uint8Array): void;
  /** How many coming bytes need not be read: the rest of a content with its padding; Infinity when all is known. */
  skippable(): number;
  /** Goes on `count` bytes, at most `skippable()`, without their content. */
  skip(count: number): void;
  /** Says that the input ends here. */
  end(): TarEnd;
}

/** What the next byte belongs to. */
const enum State {
  Header,
  Extension,
  SparseBlock,
  SparseMap,
  Content,
  Padding,
  AfterEnd,
}

/** Returns a reader for one tar: v7, ustar, star, old GNU and PAX, all sparse formats, any of them mixed. */
export function createTarReader(handler: TarHandler, options: TarReaderOptions): TarReader {
  const { limits, anomalies } = options;
  const extensions = createExtensions(limits, anomalies, options.dialect ?? 'engine');
  const current = createMemberStart(limits, anomalies, extensions);
  const { member } = current;

  let state = State.Header;
  /** Offset in the tar of the next byte to take. */
  let offset = 0;
  const blocks = createBlocks();
  /** Bytes to come of an extension's body, a sparse map or a content, and the padding behind them. */
  let left = 0;
  let padding = 0;
  /** Whether the content to come is the handler's. */
  let delivers = false;
  let mapReader: SparseMapReader | undefined;
  let entries = 0;
  let zeroBlockAt: number | undefined;
  let afterEnd: AfterEnd | undefined;

  function takeHeader(bytes: Uint8Array, at: number, view: Int32Array, word: number): void {
    const start = offset;
    offset += BLOCK;
    const check = checkBlock(bytes, at, view, word);
    if (zeroBlockAt !== undefined) endArchive(bytes, at, zeroBlockAt, check === 'zero');
    else if (check === 'zero') zeroBlockAt = start;
    else if (check === 'invalid') takeDenied(start);
    else {
      if (check === 'signed') anomalies.add('tar-signed-checksum', `byte ${start}`);
      const typeflag = bytes[at + AT.typeflag];
      if (isExtension(typeflag))
        openExtension(typeflag, parseNumber(bytes, at + AT.size, LENGTH.number), start);
      else openMember(bytes, at, start);
    }
  }

  function endArchive(bytes: Uint8Array, at: number, markerAt: number, complete: boolean): void {
    extensions.drop();
    state = State.AfterEnd;
    afterEnd = createAfterEnd(complete ? offset : offset - BLOCK, anomalies);
    if (complete) return;
    anomalies.add('tar-lone-zero-block', `byte ${markerAt}`);
    afterEnd.push(bytes, at, at + BLOCK);
  }

  /** A block that is no header is damage, unless the member before it claimed a content that its type cannot have. */
  function takeDenied(start: number): void {
    const { denied } = current;
    if (denied === 0 || member.dataOffset !== start)
      fail('E_TAR', `reading the tar header at byte ${start}: its checksum is wrong`);
    left = Math.max(0, denied - BLOCK);
    padding = denied > BLOCK ? paddingOf(denied) : 0;
    goOn();
  }

  function openExtension(typeflag: number, size: number, start: number): void {
    extensions.open(typeflag, size, start);
    left = size;
    padding = paddingOf(size);
    state = State.Extension;
    if (size === 0) closeExtension();
  }

  function closeExtension(): void {
    extensions.close();
    goOn();
  }

  function openMember(bytes: Uint8Array, at: number, start: number): void {
    current.read(bytes, at, start);
    left = current.body;
    padding = paddingOf(left);
    switch (current.follows) {
      case 'content':
        deliver(true);
        return;
      case 'nothing':
      case 'unheard':
        deliver(false);
        return;
      case 'ignored':
        goOn();
        return;
      case 'sparse-content':
        deliverSparse(current.sparseMap);
        return;
      case 'sparse-blocks':
        keepName();
        state = State.SparseBlock;
        return;
      case 'sparse-data':
        keepName();
        mapReader = createSparseMapReader(limits, start);
        state = State.SparseMap;
        requireMap();
    }
  }

  /** The member goes on in a later chunk, which may be in the memory of this one. */
  function keepName(): void {
    member.name = new Uint8Array(member.name);
  }

  function takeSparseBlock(bytes: Uint8Array, at: number): void {
    offset += BLOCK;
    member.dataOffset = offset;
    readOldSparseSlots(bytes, at, OLD_SPARSE.blockSlots, current.sparseMap, limits, member.headerOffset);
    if (bytes[at + OLD_SPARSE.blockExtended] === 0) deliverSparse(current.sparseMap);
  }

  function takeSparseMap(reader: SparseMapReader, chunk: Uint8Array, at: number, count: number): number {
    const taken = reader.read(chunk, at, at + count);
    advance(taken);
    if (!reader.complete()) {
      requireMap();
      return taken;
    }
    mapReader = undefined;
    member.dataOffset = offset;
    member.storedSize = left;
    deliverSparse(reader.map);
    return taken;
  }

  function requireMap(): void {
    if (left === 0)
      fail('E_TAR', `reading the sparse file at byte ${member.headerOffset}: its map has no end`);
  }

  function deliverSparse(map: readonly number[]): void {
    const fragments = checkSparseMap(map, member.size, member.storedSize, member.headerOffset);
    const held = bytesOf(fragments);
    if (held < left) {
      anomalies.add('sparse-data-unused', whereOf(member), `${left - held} bytes`);
      // Behind the fragments nothing is the handler's: to it they are padding.
      padding += left - held;
      left = held;
    }
    member.sparse = fragments;
    member.storedSize = held;
    deliver(true);
  }

  function deliver(hasContent: boolean): void {
    if (member.name.length === 0) {
      anomalies.add('tar-name-empty', `byte ${member.headerOffset}`);
      goOn();
      return;
    }
    checkNames(member, limits);
    if (++entries > limits.entries)
      fail(
        'E_LIMIT',
        `reading the tar header at byte ${member.headerOffset}: more than ${limits.entries} members`,
      );
    handler.member(member);
    delivers = hasContent && left > 0;
    if (!delivers) handler.memberEnd();
    goOn();
  }

  function goOn(): void {
    state = left > 0 ? State.Content : padding > 0 ? State.Padding : State.Header;
  }

  function advance(count: number): void {
    offset += count;
    left -= count;
  }

  function takeContent(count: number): void {
    advance(count);
    if (left > 0) return;
    if (delivers) handler.memberEnd();
    delivers = false;
    goOn();
  }

  function takePadding(count: number): void {
    offset += count;
    padding -= count;
    goOn();
  }

  /** Takes some of the bytes of `chunk` from `at` on, all of one kind; returns how many. */
  function take(chunk: Uint8Array, at: number): number {
    const rest = chunk.length - at;
    const count = Math.min(rest, state === State.Padding ? padding : left);
    switch (state) {
      case State.Header:
        return blocks.take(chunk, at, takeHeader);
      case State.SparseBlock:
        return blocks.take(chunk, at, takeSparseBlock);
      case State.Content:
        if (delivers) handler.data(count === chunk.length ? chunk : chunk.subarray(at, at + count));
        takeContent(count);
        return count;
      case State.Padding:
        takePadding(count);
        return count;
      case State.Extension:
        extensions.add(chunk, at, at + count);
        advance(count);
        if (left === 0) closeExtension();
        return count;
      case State.SparseMap:
        return mapReader === undefined ? rest : takeSparseMap(mapReader, chunk, at, count);
      case State.AfterEnd:
        afterEnd?.push(chunk, at, chunk.length);
        offset += rest;
        return rest;
    }
  }

  function inside(): string {
    return state === State.Extension ? 'the extension header' : `'${whereOf(member)}'`;
  }

  function skippable(): number {
    if (state === State.Content) return left + padding;
    if (state === State.Padding) return padding;
    return afterEnd?.settled() === true ? Infinity : 0;
  }

  function endInHeader(): TarEnd {
    if (blocks.pending().some((byte) => byte !== 0))
      fail('E_TRUNCATED', `reading the tar header at byte ${offset}: the input ends inside it`);
    extensions.drop();
    const detail = zeroBlockAt === undefined ? undefined : 'one zero block only';
    anomalies.add('tar-no-end-marker', `byte ${offset}`, detail);
    return { bytes: offset + blocks.pending().length, endMarkerAt: zeroBlockAt };
  }

  return {
    push(pushed) {
      // Views on a plain Uint8Array cost half of what views on a Buffer do, and there are two for every member.
      const chunk = Buffer.isBuffer(pushed) ? plain(pushed) : pushed;
      for (let at = 0; at < chunk.length;) at += take(chunk, at);
      if (state === State.Content || state === State.Padding) keepName();
    },

    skippable,

    skip(count) {
      if (!(count >= 0 && count <= skippable()))
        fail('E_INTERNAL', `skipping ${count} bytes at byte ${offset}: they must be read`);
      if (state === State.AfterEnd) {
        offset += count;
        return;
      }
      const content = state === State.Content ? Math.min(left, count) : 0;
      if (content > 0) takeContent(content);
      if (count > content) takePadding(count - content);
    },

    end() {
      if (state === State.Header) return endInHeader();
      if (state === State.AfterEnd) {
        afterEnd?.end();
        return { bytes: offset, endMarkerAt: zeroBlockAt };
      }
      if (state !== State.Padding)
        fail('E_TRUNCATED', `reading ${inside()} at byte ${offset}: the input ends inside it`);
      anomalies.add('tar-truncated-padding', `byte ${offset}`);
      return endInHeader();
    },
  };
}

function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function isExtension(typeflag: number): boolean {
  return (
    typeflag === TYPE.pax ||
    typeflag === TYPE.paxGlobal ||
    typeflag === TYPE.paxSolaris ||
    typeflag === TYPE.gnuLongName ||
    typeflag === TYPE.gnuLongLink
  );
}
