import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { requireSupported, sniffCompression } from '../../../src/io/codec/sniff.js';
import { pipe } from './streams.js';

const text = Buffer.alloc(2000, 'some text to compress; ');

/** A ustar header whose name is `name`. */
function tarHeader(name: Uint8Array): Buffer {
  const block = Buffer.alloc(512);
  block.set(name);
  block.write('ustar\0', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

test('what compressors write is recognised by its first bytes', () => {
  expect(sniffCompression(gzipSync(text))).toBe('gzip');
  expect(sniffCompression(pipe('zstd', ['-q', '-c'], text))).toBe('zstd');
  expect(sniffCompression(Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]))).toBe('zstd');
  expect(sniffCompression(deflateSync(text))).toBe('zlib');
  expect(sniffCompression(pipe('bzip2', ['-c'], text))).toBe('bzip2');
  expect(sniffCompression(pipe('xz', ['-c'], text))).toBe('xz');
  expect(sniffCompression(pipe('xz', ['-c', '--format=lzma'], text))).toBe('lzma');
});

test('a tar header wins over the magic number its first name spells, but not over gzip and zstd, as in Docker', () => {
  expect(sniffCompression(tarHeader(Buffer.from('BZh9.txt')))).toBe('none');
  expect(sniffCompression(tarHeader(Buffer.from([0x78, 0x9c])))).toBe('none');
  expect(sniffCompression(tarHeader(Buffer.from([0x1f, 0x8b, 0x08])))).toBe('gzip');
});

test('what is nothing known is none, and so is nothing', () => {
  expect(sniffCompression(new Uint8Array(0))).toBe('none');
  expect(sniffCompression(Buffer.alloc(1024))).toBe('none');
  expect(sniffCompression(Buffer.from('{"schemaVersion":2}'))).toBe('none');
});

test('E_COMPRESSION_UNSUPPORTED names the format', () => {
  expect(requireSupported('zstd', 'x')).toBe('zstd');
  expect(() => requireSupported('bzip2', 'layer 1')).toThrow('reading layer 1: it is compressed with bzip2');
});
