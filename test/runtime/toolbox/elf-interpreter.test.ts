import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elfLoading } from '../../../src/runtime/toolbox/elf-interpreter.js';
import { tool } from '../../helpers/tool.js';

/** What binutils says. */
async function interpreterOf(file: string): Promise<string | undefined> {
  const listed = await tool('readelf', ['-lW', file]);
  return /Requesting program interpreter: ([^\]]+)\]/.exec(listed)?.[1];
}

const BUSYBOX = '/usr/bin/busybox';
const PROGRAMS = ['/bin/sh', '/usr/bin/env', process.execPath, BUSYBOX];

describe('how a program is loaded', () => {
  test.each(PROGRAMS)('%s, as readelf says', async (file) => {
    const interpreter = await interpreterOf(file);
    const loading = elfLoading(readFileSync(file).subarray(0, 65_536));
    expect(loading).toEqual(
      interpreter === undefined ? { kind: 'static' } : { kind: 'dynamic', interpreter },
    );
  });

  test('of 32 bits, with the other order of bytes', () => {
    const bytes = Buffer.alloc(200);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 2, 1]);
    bytes.writeUInt32BE(52, 28);
    bytes.writeUInt16BE(32, 42);
    bytes.writeUInt16BE(1, 44);
    bytes.writeUInt32BE(3, 52);
    bytes.writeUInt32BE(100, 56);
    bytes.writeUInt32BE(8, 68);
    bytes.write('/ld.so\0', 100);
    expect(elfLoading(bytes)).toEqual({ kind: 'dynamic', interpreter: '/ld.so' });
    bytes.writeUInt32BE(6, 52);
    expect(elfLoading(bytes)).toEqual({ kind: 'static' });
  });
});

test('odd bytes are no program, and never a failure', () => {
  const program = readFileSync('/usr/bin/env').subarray(0, 4096);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4096 }),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
      (length, changes) => {
        const bytes = Buffer.from(program.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        const loading = elfLoading(bytes);
        expect([undefined, 'static', 'dynamic']).toContain(loading?.kind);
      },
    ),
  );
  expect(elfLoading(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
  expect(elfLoading(new Uint8Array(0))).toBeUndefined();
});
