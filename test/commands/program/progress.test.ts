import { describe, expect, test } from 'vitest';
import { createProgress, progressLine } from '../../../src/commands/program/progress.js';
import { createPalette } from '../../../src/report/colour.js';

function fake(width = 80): {
  written: string[];
  tick: (ms: number) => void;
  progress: ReturnType<typeof createProgress>;
} {
  const written: string[] = [];
  let time = 0;
  const progress = createProgress({
    write: (text) => void written.push(text),
    palette: createPalette(0),
    width: () => width,
    now: () => time,
  });
  return { written, tick: (ms) => (time += ms), progress };
}

describe('progressLine', () => {
  test('says bytes, percent, rate and time left', () => {
    expect(progressLine({ label: 'app', done: 30e6, total: 120e6, seconds: 2, parts: [] })).toBe(
      'app  30.0 MB of 120 MB  25 %  15.0 MB/s  6 s left',
    );
    expect(progressLine({ label: 'app', done: 1e6, total: 4e9, seconds: 10, parts: [] })).toContain(
      '11 h 06 min left',
    );
  });

  test('without a total there is no percent and no time left', () => {
    expect(progressLine({ label: 'stdin', done: 1000, total: undefined, seconds: 1, parts: [] })).toBe(
      'stdin  1.00 kB  1.00 kB/s',
    );
  });

  test('parts have their own percent; more bytes than promised are 100 %, never more', () => {
    const parts = [
      { name: 'layer 3', done: 50, total: 100 },
      { name: 'x\x1b', done: 9, total: 5 },
      { name: 'y', done: 9, total: undefined },
    ];
    expect(progressLine({ label: '', done: 0, total: 0, seconds: 0, parts })).toBe(
      '0 B of 0 B  0 %  [layer 3: 50 %, x\\x1b: 100 %, y]',
    );
  });
});

describe('createProgress', () => {
  test('shows nothing for half a second, then a picture at most every 100 ms', () => {
    const { written, tick, progress } = fake();
    progress.begin(1000, 'x');
    tick(499);
    progress.advance(10);
    expect(written).toEqual([]);
    tick(1);
    for (let i = 0; i < 100; i++) progress.advance(1);
    expect(written.length).toBe(1);
    tick(100);
    progress.advance(1);
    expect(written.length).toBe(2);
    progress.end();
  });

  test('is one line, shorter than the terminal, taken away at the end, once', () => {
    const { written, tick, progress } = fake(20);
    progress.begin(1000, '漢'.repeat(50));
    tick(600);
    progress.advance(1);
    progress.end();
    progress.end();
    progress.advance(1);
    expect(written).toEqual([`${'漢'.repeat(9)}…\x1b[K`, '\r\x1b[K']);
  });

  test('a part counts for the whole and leaves when it ends', () => {
    const { written, tick, progress } = fake();
    progress.begin(100, 'image');
    const part = progress.part(50, 'layer 1');
    tick(1000);
    part.advance(25);
    part.end();
    tick(1000);
    progress.advance(25);
    progress.end();
    expect(written[0]).toContain('25 B of 100 B  25 %  25 B/s  3 s left  [layer 1: 50 %]');
    expect(written[1]).toContain('50 %');
    expect(written[1]).not.toContain('layer 1');
  });

  test('without a terminal every call does nothing', () => {
    const progress = createProgress({ write: undefined, palette: createPalette(0), width: () => 80 });
    progress.begin(1, 'x');
    progress.part(1, 'y').advance(1);
    expect(() => progress.end()).not.toThrow();
  });
});
