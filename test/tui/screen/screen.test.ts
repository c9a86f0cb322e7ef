import { PassThrough, Writable } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { openScreen } from '../../../src/tui/screen/screen.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Opens the screen on a terminal that keeps what it is sent, lends it once and closes it. */
async function sent(): Promise<string> {
  let text = '';
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => input });
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: true, columns: 80, rows: 24 },
  );
  const screen = openScreen({ input, output, utf8: true }, () => undefined);
  screen.paint({ rows: [[{ text: 'x', role: 'text' }]], cursor: undefined }, 'dark');
  await screen.lend(() => Promise.resolve());
  screen.close();
  return text;
}

test.each([undefined, '/nowhere,1,0'])(
  'asks a terminal nothing and sends nothing past tmux (TMUX=%s)',
  async (tmux) => {
    vi.stubEnv('TMUX', tmux);
    // PATH without tmux: it is not run either.
    vi.stubEnv('PATH', '');
    const text = await sent();
    // Device control strings; reports of status, attributes, modes and the window (XTerm Control Sequences).
    expect(text).not.toMatch(/\x1bP|\x1b\[[?>=]?[\d;]*[cn]|\$p|\x1b\[1[1-9]t|\x1b\[2[01]t/);
  },
);

test('every mode, the cursor, the other buffer and the title are given back as often as they are taken', async () => {
  const text = await sent();
  const times = (sequence: string): number => text.split(sequence).length - 1;
  for (const mode of ['1049', '1000', '1002', '1006', '1']) {
    expect(times(`\x1b[?${mode}h`)).toBe(2);
    expect(times(`\x1b[?${mode}l`)).toBeGreaterThanOrEqual(2);
    expect(text.lastIndexOf(`\x1b[?${mode}l`)).toBeGreaterThan(text.lastIndexOf(`\x1b[?${mode}h`));
  }
  expect(text.lastIndexOf('\x1b[?25h')).toBeGreaterThan(text.lastIndexOf('\x1b[?25l'));
  expect(text.match(/\x1b\[2[23];0;0t|\x1b\]0;/g)).toEqual(
    [1, 2].flatMap(() => ['\x1b[22;0;0t', '\x1b]0;', '\x1b[23;0;0t']),
  );
});
