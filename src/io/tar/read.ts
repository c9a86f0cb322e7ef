import { fail } from '../../model/error.js';
import { createAfterEnd, type AfterEnd } from './after-end.js';
import { createMemberStart } from './begin-member.js';
import { createBlocks } from './blocks.js';
import { createExtensions, isExtension } from './extensions.js';
import { AT, BLOCK, checkBlock, LENGTH, paddingOf, parseNumber } from './format.js';
import { whereOf } from './header.js';
import { checkMember } from './member-limits.js';
import type { TarEnd, TarHandler, TarReader, TarReaderOptions } from './reader.js';
import { createSparseStart } from './sparse-start.js';
import { endUnmarked } from './unmarked-end.js';

/** What the next byte belongs to. */
const enum State {
  Header,
  Extension,
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
  const blocks = createBlocks();
  const sparse = createSparseStart(current, blocks, limits, anomalies);

  let state = State.Header;
  /** Offset in the tar of the next byte to take. */
  let offset = 0;
  /** Bytes to come of an extension's body, a sparse map or a content, and the padding behind them. */
  let left = 0;
  let padding = 0;
  /** Whether the content to come is the handler's. */
  let delivers = false;
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
    const { follows } = current;
    if (follows === 'content') deliver(true);
    else if (follows === 'nothing' || follows === 'unheard') deliver(false);
    else if (follows === 'ignored') goOn();
    else openSparse(start);
  }

  /** The member goes on in a later chunk, which may be in the memory of this one. */
  function keepName(): void {
    member.name = new Uint8Array(member.name);
  }

  function openSparse(start: number): void {
    sparse.open(start);
    if (!sparse.isWhole()) keepName();
    goOnSparse();
  }

  function takeSparseMap(chunk: Uint8Array, at: number): number {
    const taken = sparse.take(chunk, at);
    offset += taken;
    goOnSparse();
    return taken;
  }

  function goOnSparse(): void {
    state = State.SparseMap;
    if (!sparse.isWhole()) return;
    member.dataOffset = offset;
    left = sparse.settle();
    // Behind the fragments nothing is the handler's: to it they are padding.
    padding += sparse.left() - left;
    deliver(true);
  }

  function deliver(hasContent: boolean): void {
    if (member.name.length === 0) {
      anomalies.add('tar-name-empty', `byte ${member.headerOffset}`);
      goOn();
      return;
    }
    checkMember(member, ++entries, limits);
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
        return takeSparseMap(chunk, at);
      case State.AfterEnd:
        afterEnd?.push(chunk, at, chunk.length);
        offset += rest;
        return rest;
    }
  }

  function skippable(): number {
    if (state === State.Content) return left + padding;
    if (state === State.Padding) return padding;
    return afterEnd?.settled() === true ? Infinity : 0;
  }

  function endInHeader(): TarEnd {
    return endUnmarked(blocks.pending(), offset, zeroBlockAt, extensions, anomalies);
  }

  return {
    push(pushed) {
      // Views on a plain Uint8Array cost half of what views on a Buffer do, and there are two for every member.
      const chunk = Buffer.isBuffer(pushed)
        ? new Uint8Array(pushed.buffer, pushed.byteOffset, pushed.length)
        : pushed;
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
      if (state !== State.Padding) {
        const inside = state === State.Extension ? 'the extension header' : `'${whereOf(member)}'`;
        fail('E_TRUNCATED', `reading ${inside} at byte ${offset}: the input ends inside it`);
      }
      anomalies.add('tar-truncated-padding', `byte ${offset}`);
      return endInHeader();
    },
  };
}
