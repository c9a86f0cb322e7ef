import { describe, expect, test } from 'vitest';
import { diffContents } from '../../src/layers/contents/content-diff.js';
import { entriesOf } from '../../src/layers/index/layer-index.js';
import { resolvePath } from '../../src/layers/union/resolve.js';
import { unite } from '../../src/layers/union/unite.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { anomalyHint } from '../../src/report/anomalies.js';
import { createPalette } from '../../src/report/colour.js';
import { diffLines } from '../../src/report/content-diff.js';
import { entryRow, fileRow, listingLines } from '../../src/report/listing.js';
import { layerOf } from '../helpers/layers.js';

const palette = createPalette(0);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('listingLines', () => {
  const union = unite([
    layerOf([
      { name: 'dev', type: 'dir' },
      { name: 'dev/null', type: 'char', device: [1, 3], mode: 0o666 },
      { name: 'big', content: 'x'.repeat(12_345), uid: 123_456, gid: 65_534, mode: 0o4755 },
      { name: 'link', type: 'symlink', link: 'big\x1b' },
      { name: 'hard', type: 'hardlink', link: 'big' },
      { name: '.wh.old' },
    ]),
  ]);
  const row = (path: string) =>
    fileRow(resolvePath(union, 1, path, { followLast: false }), { name: path, palette });

  test('aligns all columns, shows devices by their numbers and escapes links', () => {
    const rows = ['/dev/null', '/big', '/link', '/dev'].map(row);
    expect([...listingLines(rows, { palette, exact: false, gone: false })]).toEqual([
      'MODE        OWNER            SIZE  MODIFIED          LAYER  NAME',
      'crw-rw-rw-  0:0              1, 3  2023-11-14 22:13      1  /dev/null',
      '-rwsr-xr-x  123456:65534  12.3 kB  2023-11-14 22:13      1  /big',
      'lrwxrwxrwx  0:0                 -  2023-11-14 22:13      1  /link -> big\\x1b',
      'drwxr-xr-x  0:0                 -  2023-11-14 22:13      1  /dev',
    ]);
  });

  test('exact sizes widen their column', () => {
    const [, line] = listingLines([row('/big')], { palette, exact: true, gone: false });
    expect(line).toContain('  12345  ');
  });

  test('archive members show what they are to the layers below', () => {
    const rows = [...entriesOf(union.layers[0])].slice(-2).map((entry) => entryRow(entry, 1, palette));
    const [, hard, whiteout] = listingLines(rows, { palette, exact: false, gone: false });
    expect(hard).toMatch(/^hrw-r--r-- .* \/hard link to \/big$/);
    expect(whiteout).toMatch(/^wrw-r--r-- .* \/old \(whiteout: removes it\)$/);
  });
});

describe('diffLines', () => {
  const lines = (before: string, after: string, colour = palette): string[] => [
    ...diffLines(diffContents(bytes(before), bytes(after)), { before: '/f@1', after: '/f@2' }, colour),
  ];

  test('are a unified diff with control characters escaped', () => {
    expect(lines('the first\n\x1b[2Jred\n', 'the first\ntwo\\\n')).toEqual([
      '--- /f@1',
      '+++ /f@2',
      '@@ -1,2 +1,2 @@',
      ' the first',
      '-\\x1b[2Jred',
      '+two\\',
    ]);
  });

  test('lines of the file that look like headers are what they are', () => {
    const painted = lines('-- a\n', '++ b\n', createPalette(1));
    expect(painted.slice(3)).toEqual(['\x1b[31m--- a\x1b[39m', '\x1b[32m+++ b\x1b[39m']);
  });

  test('binary, capped and equal contents are told in one line', () => {
    expect(lines('a\0b', 'a\0c')).toEqual([
      'binary contents differ: 3 B before, 3 B after; the first difference is at byte 2',
    ]);
    expect(lines('same', 'same')).toEqual(['the contents are the same']);
    const capped = diffContents(bytes('aa'), bytes('bb'), { maxBytes: 1 });
    expect([...diffLines(capped, { before: undefined, after: '/f' }, palette)]).toEqual([
      'contents differ: 2 B before, 2 B after; stopped at cap: 2 bytes are more than 1',
    ]);
  });
});

describe('anomalyHint', () => {
  test('counts errors and warnings, and is silent on notes', () => {
    const log = createAnomalyLog();
    log.add('path-absolute', '/a');
    expect(anomalyHint(log, 'x.tar')).toBeUndefined();
    log.add('path-escape', '/b');
    for (let i = 0; i < 1200; i++) log.add('path-control', '/c');
    expect(anomalyHint(log, 'x.tar')).toBe(
      'anomalies: 1 error, 1,200 warnings (strata verify x.tar lists them)',
    );
    expect(anomalyHint(log, '-')).toContain('strata verify FILE');
  });
});
