import { readFileSync, realpathSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ElfFile, parseElf } from '../../../src/layers/contents/elf.js';
import { tool } from '../../helpers/tool.js';
import { buildElf } from './elf-file.js';

/** Files of every Debian: a program, a library. */
const FILES = ['/bin/bash', '/bin/ls', '/usr/bin/tar'].map((each) => realpathSync(each));

function parsed(bytes: Uint8Array): ElfFile {
  const elf = parseElf(bytes);
  if (elf === undefined) throw new Error('not read as ELF');
  return elf;
}

/** Name and size of each section as readelf prints them. */
async function readelfSections(file: string): Promise<{ name: string; size: number }[]> {
  const row = /^ +\[ *(\d+)\] (\S*) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+/;
  return (await tool('readelf', ['-SW', file])).split('\n').flatMap((line) => {
    const match = row.exec(line);
    return match === null || match[1] === '0'
      ? []
      : [{ name: match[2], size: Number.parseInt(match[3], 16) }];
  });
}

async function readelfSymbols(file: string): Promise<{ name: string; size: number }[]> {
  const row = /^ +\d+: [0-9a-f]+ +(0x[0-9a-f]+|\d+) +(\S+) +\S+ +\S+ +(?:\[.*\] +)?\S+ +(\S+)/;
  return (await tool('readelf', ['-sW', file])).split('\n').flatMap((line) => {
    const match = row.exec(line);
    // readelf shows symbols of sections under the section's name, and adds the version to the name.
    if (match === null || match[2] === 'SECTION') return [];
    return [{ name: match[3].replace(/@.*/, ''), size: Number(match[1]) }];
  });
}

describe('parseElf', () => {
  it.each(FILES)('finds the sections, symbols and build id that readelf finds in %s', async (file) => {
    const elf = parsed(readFileSync(file));
    expect(elf.sections.map(({ name, size }) => ({ name, size }))).toEqual(await readelfSections(file));
    expect(elf.symbols.map(({ name, size }) => ({ name, size }))).toEqual(await readelfSymbols(file));
    expect(elf.symbols.length).toBeGreaterThan(10);
    const buildId = /Build ID: ([0-9a-f]+)/.exec(await tool('readelf', ['-nW', file]))?.[1];
    expect(elf.buildId).toBe(buildId);
  });

  it.each([
    ['32 bits, little endian', { bits: 32, little: true }],
    ['32 bits, big endian', { bits: 32, little: false }],
    ['64 bits, little endian', { bits: 64, little: true }],
    ['64 bits, big endian', { bits: 64, little: false }],
  ] as const)('reads files of %s', (_, form) => {
    const elf = parsed(
      buildElf({
        ...form,
        buildId: 'c0ffee00',
        sections: [{ name: '.text', bytes: Buffer.from('code') }],
        symbols: [
          { name: 'main', size: 4, section: 1 },
          { name: 'printf', size: 0, section: 0 },
        ],
      }),
    );
    expect(elf).toMatchObject({ bits: form.bits, machine: 62, type: 2, buildId: 'c0ffee00', symbolsLeft: 0 });
    expect(elf.symbols).toEqual([
      { name: 'main', size: 4, section: '.text', table: 'symtab' },
      { name: 'printf', size: 0, section: undefined, table: 'symtab' },
    ]);
    expect(elf.sections.find(({ name }) => name === '.text')).toMatchObject({ type: 1, size: 4 });
  });

  it('is undefined for what is no ELF file, and for every cut of one', () => {
    const whole = buildElf({
      bits: 64,
      little: true,
      sections: [{ name: '.text', bytes: Buffer.from('code') }],
    });
    expect(parseElf(whole)).toBeDefined();
    for (let length = 0; length < whole.length; length++)
      expect(parseElf(whole.subarray(0, length)), String(length)).toBeUndefined();
    expect(parseElf(Buffer.from('#!/bin/sh\n'.repeat(20)))).toBeUndefined();
  });

  it('does not hash sections that lie over each other again and again', () => {
    const bytes = buildElf({
      bits: 64,
      little: true,
      sections: Array.from({ length: 50 }, (_, i) => ({ name: `.s${String(i)}`, bytes: Buffer.alloc(1) })),
      sizes: 1000,
    });
    expect(parseElf(bytes)).toBeUndefined();
  });

  it('reads a section table of more than 16 bits', () => {
    const sections = Array.from({ length: 65_400 }, () => ({ name: '.s', bytes: Buffer.alloc(0) }));
    expect(parsed(buildElf({ bits: 64, little: true, sections, extended: true })).sections).toHaveLength(
      65_401,
    );
  });

  it('bounds names that overlap, and says how many symbols it left', () => {
    const name = 'n'.repeat(4000);
    const symbols = Array.from({ length: 20_000 }, () => ({ name, size: 1, section: 1 }));
    const elf = parsed(
      buildElf({ bits: 64, little: true, sections: [{ name: '.text', bytes: Buffer.alloc(1) }], symbols }),
    );
    expect(elf.symbolsLeft).toBeGreaterThan(0);
    expect(elf.symbols.length + elf.symbolsLeft).toBeGreaterThanOrEqual(19_999);
  });

  it('throws nothing, whatever bytes of a file change', () => {
    const whole = [true, false].flatMap((little) =>
      ([32, 64] as const).map((bits) =>
        buildElf({
          bits,
          little,
          buildId: 'abcd',
          sections: [{ name: '.text', bytes: Buffer.from('code') }],
          symbols: [{ name: 'main', size: 4, section: 1 }],
        }),
      ),
    );
    const change = fc.record({ at: fc.nat(800), value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x40) });
    fc.assert(
      fc.property(
        fc.constantFrom(...whole),
        fc.array(change, { maxLength: 12 }),
        fc.nat(900),
        (file, changes, length) => {
          const bytes = Buffer.from(file);
          for (const { at, value } of changes) bytes[4 + (at % (bytes.length - 4))] = value;
          parseElf(bytes);
          parseElf(bytes.subarray(0, length));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('throws nothing on any bytes behind the magic', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 60, maxLength: 400 }),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        (rest, width, order) => {
          parseElf(Buffer.concat([Buffer.from('\x7fELF'), Buffer.of(width, order), rest]));
        },
      ),
      { numRuns: 5000 },
    );
  });
});
