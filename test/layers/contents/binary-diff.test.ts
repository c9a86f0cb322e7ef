import { readFileSync, realpathSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDifference } from '../../../src/layers/contents/binary-diff.js';
import type { ElfDifference } from '../../../src/layers/contents/elf-difference.js';
import { parseElf } from '../../../src/layers/contents/elf.js';
import { firstDifference } from '../../../src/layers/contents/first-difference.js';
import { buildElf, type ElfPlan } from './elf-file.js';

const section = (name: string, text: string): ElfPlan['sections'][number] => ({
  name,
  bytes: Buffer.from(text),
});
const symbol = (name: string, size: number): NonNullable<ElfPlan['symbols']>[number] => ({
  name,
  size,
  section: 1,
});

async function compared(before: Partial<ElfPlan>, after: Partial<ElfPlan>): Promise<ElfDifference> {
  const whole = (plan: Partial<ElfPlan>): Buffer =>
    buildElf({ bits: 64, little: true, sections: [], ...plan });
  const { elf } = await describeDifference(whole(before), whole(after));
  if (elf === undefined) throw new Error('not compared as ELF');
  return elf;
}

const names = (list: { readonly items: readonly { readonly name: string }[] }): string[] =>
  list.items.map(({ name }) => name);

describe('firstDifference', () => {
  it('is the length of what two contents begin with alike', () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.nat(70_000), (at, more) => {
        const before = Buffer.alloc(at + 1 + more, 7);
        const after = Buffer.from(before);
        after[at] = 8;
        expect(firstDifference(before, after)).toBe(at);
        expect(firstDifference(before, before.subarray(0, at))).toBe(at);
      }),
      { numRuns: 50 },
    );
  });
});

describe('describeDifference', () => {
  it('gives the bytes round the first difference, from a multiple of 16', async () => {
    const before = Buffer.alloc(1000, 1);
    const after = Buffer.from(before);
    after[500] = 2;
    const { window, firstDifference: first, kinds, sizes } = await describeDifference(before, after);
    expect(first).toBe(500);
    expect(window.offset).toBe(496 - 64);
    expect(window.before).toEqual(new Uint8Array(before.subarray(432, 576)));
    expect(window.after[68]).toBe(2);
    expect({ kinds, sizes }).toEqual({ kinds: [undefined, undefined], sizes: [1000, 1000] });
  });

  it('has an empty window on the side that ends first', async () => {
    const { window } = await describeDifference(Buffer.alloc(32), Buffer.alloc(400), { around: 0 });
    expect([window.offset, window.before.length, window.after.length]).toEqual([32, 0, 16]);
  });

  it('tells the sections and symbols of ELF files that differ', async () => {
    const elf = await compared(
      {
        sections: [section('.text', 'code'), section('.old', 'x'), section('.data', '1')],
        symbols: [
          symbol('main', 4),
          symbol('gone', 1),
          symbol('same', 2),
          symbol('init', 5),
          symbol('init', 6),
        ],
      },
      {
        sections: [section('.text', 'CODE'), section('.data', '1'), section('.new', 'yy')],
        symbols: [
          symbol('main', 8),
          symbol('came', 3),
          symbol('same', 2),
          symbol('init', 6),
          symbol('init', 7),
        ],
      },
    );
    expect(names(elf.sections.removed)).toEqual(['.old']);
    expect(names(elf.sections.added)).toEqual(['.new']);
    expect(elf.sections.changed.items).toContainEqual({ name: '.text', before: 4, after: 4 });
    expect(names(elf.sections.changed)).not.toContain('.data');
    expect(names(elf.symbols.removed)).toEqual(['gone']);
    expect(names(elf.symbols.added)).toEqual(['came']);
    expect(elf.symbols.resized.items).toEqual([
      { name: 'main', before: 4, after: 8 },
      { name: 'init', before: 5, after: 7 },
    ]);
    expect(elf.onlyBuildId).toBe(false);
  });

  it('cuts its lists and counts what was cut', async () => {
    const many = Array.from({ length: 80 }, (_, i) => section(`.s${String(i)}`, 'x'));
    const whole = (sections: ElfPlan['sections']): Buffer => buildElf({ bits: 32, little: false, sections });
    const { elf } = await describeDifference(whole([]), whole(many), { most: 30 });
    expect(elf?.sections.added).toMatchObject({ more: 50 });
    expect(elf?.sections.added.items).toHaveLength(30);
  });

  it.each([
    ['the build id alone', { buildId: 'aaaa' }, { buildId: 'bbbb' }, true],
    [
      'the name of the debug file too',
      { buildId: 'aaaa', sections: [section('.gnu_debuglink', 'aaaa')] },
      { buildId: 'bbbb', sections: [section('.gnu_debuglink', 'bbbb')] },
      true,
    ],
    [
      'code as well',
      { buildId: 'aaaa', sections: [section('.text', 'a')] },
      { buildId: 'bbbb', sections: [section('.text', 'b')] },
      false,
    ],
    [
      'code alone',
      { buildId: 'aaaa', sections: [section('.text', 'a')] },
      { buildId: 'aaaa', sections: [section('.text', 'b')] },
      false,
    ],
    [
      'code, without a build id',
      { sections: [section('.text', 'a')] },
      { sections: [section('.text', 'b')] },
      false,
    ],
    ['the length of the build id', { buildId: 'aaaa' }, { buildId: 'bbbbbb' }, false],
  ] as const)('knows whether %s differs', async (_, before, after, only) => {
    const elf = await compared(before, after);
    expect(elf.onlyBuildId).toBe(only);
    const id = (plan: Partial<ElfPlan>): string | undefined => plan.buildId;
    expect(elf.buildIds).toEqual([id(before), id(after)]);
  });

  it('takes bytes at the end for more than a build id', async () => {
    const file = (buildId: string): Buffer => buildElf({ bits: 64, little: true, sections: [], buildId });
    const longer = Buffer.concat([file('bbbb'), Buffer.of(0)]);
    for (const [a, b] of [
      [file('aaaa'), longer],
      [longer, file('aaaa')],
    ])
      expect((await describeDifference(a, b)).elf?.onlyBuildId).toBe(false);
  });

  it('knows a real program by its build id', async () => {
    const before = readFileSync(realpathSync('/bin/bash'));
    const note = parseElf(before)?.sections.find(({ name }) => name === '.note.gnu.build-id');
    if (note === undefined) throw new Error('bash has no build id');
    const after = Buffer.from(before);
    after[note.offset + note.size - 1] ^= 0xff;
    expect((await describeDifference(before, after)).elf).toMatchObject({
      onlyBuildId: true,
      sections: { changed: { items: [{ name: '.note.gnu.build-id' }] } },
    });
    after[after.length >> 1] ^= 0xff;
    expect((await describeDifference(before, after)).elf?.onlyBuildId).toBe(false);
  });

  it('compares archives, and the text within compressed files', async () => {
    const { archive, kinds, elf } = await describeDifference(gzipSync('a\nb\n'), gzipSync('a\nc\n'));
    expect(kinds).toEqual(['gzip', 'gzip']);
    expect(archive).toMatchObject({
      formats: ['gzip', 'gzip'],
      inner: { kind: 'text', added: 1, removed: 1 },
    });
    expect(elf).toBeUndefined();
  });

  it('throws nothing on hostile bytes', async () => {
    const heads = ['\x7fELF\x02\x01', 'PK\x03\x04', 'PK\x05\x06', '\x1f\x8b\x08\0', '\x28\xb5\x2f\xfd', ''];
    const hostile = fc
      .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }))
      .map(([head, rest]) => Buffer.concat([Buffer.from(head, 'latin1'), rest]));
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (a, b) => {
        const { window, firstDifference: first } = await describeDifference(a, b);
        expect(window.offset).toBeLessThanOrEqual(first);
      }),
      { numRuns: 400 },
    );
  });
});
