import { existsSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { expect } from 'vitest';
import { exploreBisect } from '../../src/commands/explore/bisect.js';
import { exploreContainers } from '../../src/commands/explore/containers.js';
import { besideOf, lookedAt } from '../../src/commands/explore/looked-at.js';
import { openImage } from '../../src/images/open.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { parseReference } from '../../src/model/reference.js';
import { resolveSnapshot } from '../../src/model/snapshot.js';
import { storePaths } from '../../src/store/paths.js';
import { openStore } from '../../src/store/store.js';
import { explore, type ExploreOptions } from '../../src/tui/explore.js';
import type { OtherImage } from '../../src/tui/effects/outside.js';
import { createKeymap } from '../../src/tui/keys/keymap.js';
import { RUN } from './run-command.js';

/** The explorer in a terminal within this process. */
export interface Explorer {
  /** Types keys: `j`, `Enter`, `C-d`; waits until the screen stands still. */
  press(...keys: readonly string[]): Promise<Explorer>;
  /** Types text as it is. */
  type(text: string): Promise<Explorer>;
  /** The left button at a place, or the wheel there. */
  click(x: number, y: number): Promise<Explorer>;
  wheel(x: number, y: number, down: boolean): Promise<Explorer>;
  resize(columns: number, rows: number): Promise<Explorer>;
  /** What the screen shows, row by row. */
  lines(): string[];
  text(): string;
  /** The text from a column on of the row of the cursor in that pane: of the files by default. */
  selected(pane?: 'files' | 'layers'): string;
  /** The text that has a look, row by row. */
  looks(look: 'inverse' | 'bold'): string[];
  /** The columns of the terminal that the character stands in, of every row. */
  cellsOf(character: string): number[];
  /** Waits until the screen shows it; fails with the screen. */
  shows(what: string | RegExp): Promise<Explorer>;
  /** Every byte that went to the terminal. */
  output(): string;
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

export interface ExplorerOptions {
  readonly image: string;
  readonly store: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly start?: Partial<ExploreOptions['start']>;
  readonly utf8?: boolean;
  /** Layers are never read: what is seen is from the manifest. */
  readonly held?: boolean;
  /** A second image. */
  readonly other?: string;
  /** It is read until somebody stops that; then this is called. */
  readonly otherHeld?: () => void;
  /** What reading it fails with. */
  readonly otherFails?: Error;
  /** With the containers of the store. */
  readonly containers?: boolean;
}

/** What the explorer does with the containers of a store. */
function containersOf(store: string, image: string): Pick<ExploreOptions, 'containers' | 'bisect'> {
  const env = { ...process.env, STRATA_STORE: store };
  const program = [process.execPath, RUN] as const;
  const paths = storePaths(env, store);
  const opened = openStore(paths);
  return {
    containers: exploreContainers({ store: () => opened, storePaths: paths, env }, program),
    bisect: exploreBisect({ env }, image, [], program),
  };
}

/** How a second image is read where that is not to succeed. */
function readingOf({ otherHeld, otherFails }: ExplorerOptions): Partial<OtherImage> {
  if (otherFails !== undefined) return { read: () => Promise.reject(otherFails) };
  if (otherHeld === undefined) return {};
  return {
    read: (_onBytes, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener(
          'abort',
          () => {
            otherHeld();
            reject(signal.reason as Error);
          },
          { once: true },
        ),
      ),
  };
}

/** Milliseconds in which the screen shows what it is to show, however busy the machine is. */
const PATIENCE = 30_000;

const CODES: Readonly<Record<string, string>> = {
  Enter: '\r',
  Esc: '\x1b',
  Tab: '\t',
  'S-Tab': '\x1b[Z',
  Space: ' ',
  Backspace: '\x7f',
  Up: '\x1b[A',
  Down: '\x1b[B',
  Right: '\x1b[C',
  Left: '\x1b[D',
  Home: '\x1b[H',
  End: '\x1b[F',
  PageUp: '\x1b[5~',
  PageDown: '\x1b[6~',
};

/** Starts the explorer on an image and waits until everything is read. */
export async function startExplorer(options: ExplorerOptions): Promise<Explorer> {
  const { image: name, store, columns = 120, rows = 40 } = options;
  const reference = parseReference(name, existsSync);
  const opening = {
    limits: DEFAULT_LIMITS,
    stdin: process.stdin,
    spoolDir: store,
    store,
    signal: new AbortController().signal,
    log: () => undefined,
    platform: undefined,
  };
  const opened = await openImage(reference, opening);
  const { image } = opened;
  const looked = lookedAt(
    { image, n: resolveSnapshot(image.layers, reference.snapshot), close: () => opened.close() },
    { limits: DEFAULT_LIMITS, store: () => openStore(storePaths({ STRATA_STORE: store }, store)) },
  );
  const second = async (beside: string) => {
    const named = parseReference(beside, existsSync);
    const found = await openImage(named, opening);
    return besideOf(
      {
        image: found.image,
        n: resolveSnapshot(found.image.layers, named.snapshot),
        close: () => found.close(),
      },
      { limits: DEFAULT_LIMITS, store: () => openStore(storePaths({ STRATA_STORE: store }, store)) },
    );
  };
  const beside = options.other === undefined ? undefined : await second(options.other);
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => input });
  let said = '';
  let writing = 0;
  const output = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        const text = chunk.toString();
        said += text;
        writing += 1;
        terminal.write(text, () => {
          writing -= 1;
          done();
        });
      },
    }),
    { isTTY: true, columns, rows },
  );
  const stop = new AbortController();
  const ended = explore({
    ...looked,
    load: options.held === true ? { ...looked.load, index: () => new Promise(() => undefined) } : looked.load,
    other: beside === undefined ? undefined : { ...beside.other, ...readingOf(options) },
    input,
    output,
    utf8: options.utf8 ?? true,
    signal: stop.signal,
    ...(options.containers === true ? containersOf(store, name) : {}),
    start: { ...looked.start, keymap: createKeymap(), theme: 'dark', other: beside?.start, ...options.start },
  });
  // Read by whoever asks for it; until then its failure is not one of nobody.
  ended.catch(() => undefined);

  const lines = (): string[] => {
    const { active } = terminal.buffer;
    return Array.from({ length: terminal.rows }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  };
  /** Nothing was written for some turns of the loop. */
  const still = async (): Promise<void> => {
    let [quiet, before] = [0, said.length];
    while (quiet < 4) {
      await new Promise((resolve) => setTimeout(resolve, 4));
      quiet = said.length === before && writing === 0 ? quiet + 1 : 0;
      before = said.length;
    }
  };
  const send = async (bytes: string): Promise<Explorer> => {
    input.write(bytes);
    await still();
    return driver;
  };
  const driver: Explorer = {
    async press(...keys) {
      for (const key of keys) {
        const control = /^C-([a-z\\\]^_])$/.exec(key);
        input.write(
          CODES[key] ??
            (control === null ? key : String.fromCharCode(control[1].toUpperCase().charCodeAt(0) & 31)),
        );
        await still();
      }
      return driver;
    },
    type: send,
    click: (x, y) => send(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`),
    wheel: (x, y, down) => send(`\x1b[<${down ? 65 : 64};${x + 1};${y + 1}M`),
    async resize(cols, rowCount) {
      terminal.resize(cols, rowCount);
      Object.assign(output, { columns: cols, rows: rowCount });
      output.emit('resize');
      await still();
      return driver;
    },
    lines,
    text: () => lines().join('\n'),
    selected(pane = 'files') {
      const { active } = terminal.buffer;
      const wanted = pane === 'files' ? terminal.cols - 2 : 2;
      for (let y = 1; y < terminal.rows - 1; y++) {
        const line = active.getLine(y);
        const background = line?.getCell(wanted)?.getBgColor();
        if (line === undefined || (background !== 24 && background !== 237)) continue;
        const row = line.translateToString(true);
        const border = row.indexOf('│');
        return (pane === 'files' ? row.slice(border + 1) : row.slice(0, border)).trim();
      }
      return '';
    },
    cellsOf(character) {
      const { active } = terminal.buffer;
      return Array.from({ length: terminal.rows }, (_, y) => active.getLine(y)).flatMap((line) =>
        Array.from({ length: terminal.cols }, (_, x) => x).filter(
          (x) => line?.getCell(x)?.getChars() === character,
        ),
      );
    },
    looks(look) {
      const { active } = terminal.buffer;
      return Array.from({ length: terminal.rows }, (_, y) => {
        const line = active.getLine(y);
        return Array.from({ length: terminal.cols }, (__, x) => line?.getCell(x))
          .filter((cell) => (look === 'inverse' ? cell?.isInverse() : cell?.isBold()) !== 0)
          .map((cell) => cell?.getChars() ?? '')
          .join('');
      }).filter((text) => text !== '');
    },
    async shows(what) {
      const has = (): boolean =>
        typeof what === 'string' ? driver.text().includes(what) : what.test(driver.text());
      const end = performance.now() + PATIENCE;
      while (!has() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
      if (typeof what === 'string') expect(driver.text()).toContain(what);
      else expect(driver.text()).toMatch(what);
      return driver;
    },
    output: () => said,
    ended,
    async close() {
      stop.abort(new Error('closed'));
      await ended.catch(() => undefined);
      terminal.dispose();
      await opened.close();
    },
  };
  return driver;
}
