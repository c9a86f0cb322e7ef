import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPalette } from '../../src/report/colour.js';
import { containerLines, type ContainerRow } from '../../src/report/containers.js';
import { type ImageRow, imageLines } from '../../src/report/images.js';
import { formatTable } from '../../src/report/table.js';
import { textWidth } from '../../src/report/width.js';

const palette = createPalette(0);
const plain = (text: string): string => text;
const columns = [
  { header: 'ID' },
  { header: 'TEXT' },
  { header: 'SIZE', align: 'right' },
  { header: 'NOTE' },
] as const;
const giveWay = [
  ['SIZE', 0],
  ['TEXT', 4],
] as const;

describe('a table that is wider than its terminal', () => {
  const lines = (terminalWidth: number): readonly string[] =>
    formatTable(columns, [['1', 'a-long-text', '3.94 MB', 'a note of some length']], {
      header: plain,
      terminalWidth,
      giveWay,
      ellipsis: '…',
    });

  test('gives way in the order that was asked for, each column no more than needed, its last text first', () => {
    expect(lines(46)[1]).toBe('1   a-long-text  3.94 MB  a note of some leng…');
    expect(lines(34)[1]).toBe('1   a-long-text  3.94 MB  a note …');
    expect(lines(33)[1]).toBe('1   a-long-text  a note of some …');
    expect(lines(24)[1]).toBe('1   a-long-te…  a note …');
    expect(lines(18)).toEqual(['ID  TEXT  NOTE', '1   a-l…  a note …']);
  });

  test('that wraps whatever gives way keeps all its columns', () => {
    expect(lines(17)[1]).toContain('1   a-long-text  3.94 MB  ');
  });

  test('fits whenever what has to stay of it does, and a number is whole or not there', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.nat(), fc.string({ maxLength: 30 })),
        ),
        fc.integer({ min: 18, max: 90 }),
        (rows, terminalWidth) => {
          const table = formatTable(
            columns,
            rows.map(([text, size, note]) => ['1', text, `<${String(size)}>`, note]),
            { header: plain, terminalWidth, giveWay },
          );
          for (const line of table) expect(textWidth(line)).toBeLessThanOrEqual(terminalWidth);
          if (table[0].includes('SIZE'))
            rows.forEach(([, size], i) => expect(table[i + 1]).toContain(`<${String(size)}>`));
        },
      ),
    );
  });
});

describe('at 40 columns, the fewest that the explorer takes, no line wraps', () => {
  const ids = 'a98684b26ab9'.repeat(6).slice(0, 64);
  const now = BigInt(Date.parse('2026-06-01T00:00:00Z')) * 1_000_000n;
  const width = 40;

  test('of containers', () => {
    const row: ContainerRow = {
      id: ids,
      name: 'a-name-that-is-long-enough',
      image: 'registry.example.com/team/app:1.2.3@12',
      command: ['sh', '-c', 'while :; do sleep 1; done'],
      created: '2026-05-01T00:00:00Z',
      status: 'exited',
      started: undefined,
      exit: { status: 137, finished: '2026-05-02T00:00:00Z', oom: true },
    };
    const lines = containerLines([row], { palette, whole: false, width, ellipsis: '…', now });
    expect(lines).toEqual(['ID            STATUS        NAME', 'a98684b26ab9  Exited (137…  a-name-that…']);
    const [, whole] = containerLines([row], { palette, whole: true, width, ellipsis: '…', now });
    for (const text of [ids, row.image, row.command.join(' '), row.name]) expect(whole).toContain(text);
  });

  test('of images; their sizes and the beginnings of their names stay', () => {
    const row: ImageRow = {
      repository: 'registry.example.com/team/app',
      tag: '1.2.3-debian-12',
      digest: `sha256:${ids}`,
      id: `sha256:${ids}`,
      created: '2026-05-01T00:00:00Z',
      layers: 12,
      platform: 'linux/amd64',
      stored: 3_940_000,
      plain: 3_940_000,
    };
    const lines = imageLines([row], {
      palette,
      whole: false,
      digests: false,
      exact: false,
      width,
      ellipsis: '…',
      now,
    });
    expect(lines).toEqual([
      'REPOSITORY  TAG    IMAGE ID         SIZE',
      'registry.…  1.2.…  a98684b26ab9  3.94 MB',
    ]);
    const format = { palette, digests: false, exact: false, width, ellipsis: '…', now };
    const [, whole] = imageLines([row], { ...format, whole: true });
    for (const text of [ids, row.repository, row.tag, row.platform]) expect(whole).toContain(text);
  });
});
