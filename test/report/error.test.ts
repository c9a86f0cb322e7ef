import { describe, expect, test } from 'vitest';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { StrataError } from '../../src/model/error.js';
import { anomaliesJson, anomalyLines } from '../../src/report/anomalies.js';
import { createPalette } from '../../src/report/colour.js';
import { errorJson, formatError } from '../../src/report/error.js';

const palette = createPalette(0);

describe('formatError', () => {
  test('is "code: message" and "hint: ...", each one line whatever names they hold', () => {
    const error = new StrataError('E_NOT_FOUND', 'reading a\n\x1b]0;x: no such file', {
      hint: 'try\r\nthis',
    });
    expect(formatError(error, { palette })).toBe(
      'E_NOT_FOUND: reading a\\n\\x1b]0;x: no such file\nhint: try\\r\\nthis',
    );
  });

  test('a foreign error is E_INTERNAL and asks to be reported; its stack is shown only under debug', () => {
    const error = new TypeError('x is not a function', { cause: new Error('deep') });
    expect(formatError(error, { palette })).toMatch(/^E_INTERNAL: x is not a function\nhint: .*report/);
    expect(formatError(error, { palette })).not.toContain('error.test.ts');
    expect(formatError(error, { palette, debug: true })).toMatch(/error\.test\.ts[^]*cause: Error: deep/);
    expect(formatError('thrown text', { palette })).toMatch(/^E_INTERNAL: thrown text\n/);
  });

  test('a cycle of causes ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(formatError(error, { palette, debug: true }).split('cause:').length).toBeLessThan(20);
  });

  test('JSON has code, message and hint and no field more', () => {
    expect(errorJson(new StrataError('E_TAR', 'm'))).toEqual({
      error: { code: 'E_TAR', message: 'm', hint: null },
    });
  });
});

describe('anomalies', () => {
  const log = createAnomalyLog();
  log.add('tar-no-end-marker', 'layer 1');
  for (let i = 0; i < 150; i++) log.add('path-control', `/a\x1b${i}`, 'ESC');
  log.add('path-escape', '/../x');
  log.add('path-not-utf8', '/\udcff');

  test('errors come first, each code once with its count, meaning and first places, escaped', () => {
    expect(anomalyLines(log, { palette, first: 2 })).toEqual([
      'anomalies: 1 error, 150 warnings, 2 notes',
      expect.stringMatching(/^error path-escape: The name has `\.\.`/),
      '  /../x',
      'warning path-control (150 times): The name holds control, bidirectional or invisible characters.',
      '  /a\\x1b0: ESC',
      '  /a\\x1b1: ESC',
      '  and 148 more',
    ]);
  });

  test('nothing odd gives no line', () => {
    expect(anomalyLines(createAnomalyLog(), { palette })).toEqual([]);
  });

  test('JSON counts all and keeps places that are not UTF-8 exact', () => {
    const json = anomaliesJson(log, 1);
    expect(json.map(({ code, count, severity }) => [code, count, severity])).toEqual([
      ['path-escape', 1, 'error'],
      ['path-control', 150, 'warning'],
      ['tar-no-end-marker', 1, 'note'],
      ['path-not-utf8', 1, 'note'],
    ]);
    expect(json[3].places).toEqual([{ where: '/\\xff', whereBytes: { bytes: 'L/8=' } }]);
  });
});
