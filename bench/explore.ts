import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { openScreen, type ScreenOptions } from '../src/tui/screen/screen.js';
import { createKeymap } from '../src/tui/keys/keymap.js';
import { frameOf } from '../src/tui/rows/frame.js';
import { REHEARSED } from '../src/tui/effects/rehearse-filter.js';
import { loadedOf } from '../src/tui/effects/load.js';
import type { Action } from '../src/tui/state/action.js';
import { reduce } from '../src/tui/state/reduce.js';
import { startState, type State } from '../src/tui/state/state.js';
import type { IndexedLayer } from '../src/layers/index/index-image.js';
import { unite } from '../src/layers/union/unite.js';
import type { Image, Layer } from '../src/model/image.js';
import { benchImage } from './images.js';
import { inTerminal } from './in-terminal.js';
import { dockerArchive } from './synthetic.js';
import { boundRow, milliseconds, type Row } from './table.js';
import { syntheticLayer } from './union.js';

const LAYERS = 70;
const ENTRIES = 500_000;

/** A key press to its frame on the terminal, a move in time, a letter of the filter, and the first frame, of a synthetic image. */
export function* keyRows(): Generator<Row> {
  const screen = openScreen(sink(), () => undefined);
  const paint = (state: State): void => screen.paint(frameOf(state), state.theme);
  try {
    yield* pressedRows(paint);
  } finally {
    screen.close();
  }
}

function* pressedRows(paint: (state: State) => void): Generator<Row> {
  const indexes = Array.from({ length: LAYERS }, (_, layer) =>
    syntheticLayer(layer, Math.floor(ENTRIES / LAYERS)),
  );
  const image = imageOf(indexes.length);
  const start = (): State =>
    startState({
      width: 120,
      height: 40,
      image,
      n: LAYERS,
      layer: LAYERS,
      steps: [],
      keymap: createKeymap(),
      theme: 'dark',
    });
  const first = timed(() => paint(start()));
  yield bound('explore: first frame from the manifest', [first], 0.5, 0.15);
  const layers = indexes.map((index, i): IndexedLayer => ({
    layer: image.layers[i],
    index,
    facts: undefined,
    anomalies: [],
  }));
  let state = reduce(start(), { type: 'loaded', loaded: loadedOf(layers, unite(indexes), []) }).state;
  const press = (...actions: readonly Action[]): number[] =>
    actions.map((action) =>
      timed(() => {
        state = reduce(state, action).state;
        paint(state);
      }),
    );
  const key = (chord: string, text?: string): Action => ({
    type: 'key',
    chord,
    ...(text === undefined ? {} : { text }),
  });
  const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

  press(key('*'));
  const walk = press(
    ...times(60, key('j')),
    ...times(20, key('PageDown')),
    key('G'),
    key('g'),
    key('h'),
    key('l'),
    ...times(20, key('Space')),
  );
  yield bound('explore: key press to frame, all unfolded, median', walk, 0.5, 0.016);
  yield bound('explore: the same, 99th percentile', walk, 0.99, 0.05);
  const travel = press(...times(30, key('[')), ...times(30, key(']')));
  yield bound('explore: one layer back or up to frame, all unfolded, median', travel, 0.5, 0.016);
  yield bound('explore: the same, 99th percentile', travel, 0.99, 0.05);
  const type = (text: string): number[] =>
    press(key('/'), ...Array.from(text).map((char) => key(char === ' ' ? 'Space' : char, char)), key('Esc'));
  // The explorer does it once the first line for a filter is open: who types on meanwhile waits for it.
  const rehearsed = REHEARSED.map((filter) =>
    timed(() => {
      if (state.tree !== undefined) state.loaded?.forest.rehearse(filter, state.tree);
    }),
  );
  const typed = [...rehearsed, ...['file-4242', 'pack lib js', '!package-1 js', 'size:>1k js'].flatMap(type)];
  yield bound('explore: a letter of the filter to frame, median', typed, 0.5, 0.05);
  yield bound('explore: the slowest letter', typed, 1, 0.05);
  const pattern = ['re:file-4.*7', 're:^pack', 're:js$'].flatMap(type);
  yield bound('explore: a letter of a regular expression to frame, median', pattern, 0.5, 0.05);
  yield bound('explore: the slowest letter of a regular expression', pattern, 1, 0.05);
}

/** What Node, oclif and the program take without any entry, in MB. */
const EMPTY_MB = 90;
/** Bytes that each entry may take (law 8 of the design, and its target). */
const ENTRY_BYTES = 150;

/** Memory of the whole program in a terminal, with a synthetic image and with the large one. */
export async function* memoryRows(scratch: string): AsyncGenerator<Row> {
  const synthetic = await dockerArchive(path.join(scratch, 'explored.tar'), LAYERS, ENTRIES);
  const large = await benchImage('large');
  for (const [what, file, entries] of [
    [`${String(ENTRIES)} entries in ${String(LAYERS)} layers`, synthetic, ENTRIES],
    ['large image', large.plain, 250_000],
  ] as const) {
    const store = path.join(scratch, 'explored-store');
    const line = `${process.execPath} ${path.resolve(import.meta.dirname, '../bin/run.js')} explore ${file}`;
    const keys = ['*', 'G', '[', '[', '1', '2', '/file\r', '\x1b', 'W', 'q'];
    for (const how of ['cold', 'warm']) {
      const { seconds, peakMB } = await inTerminal(line, [/Layers/, READ], keys, 'q', {
        STRATA_STORE: store,
      });
      yield boundRow(
        `explore, ${what}, ${how}: peak memory after a walk; 90 MB and ${String(ENTRY_BYTES)} bytes an entry`,
        peakMB,
        EMPTY_MB + (entries * ENTRY_BYTES) / 1e6,
        (mb) => `${mb.toFixed(0)} MB`,
        `first screen ${milliseconds(seconds[0])}, all read and judged ${milliseconds(seconds[1])}`,
      );
    }
  }
}

/** What the screen says once waste is known; only cells that changed are written, and blanks are skipped. */
const READ = /efficiency[^]*\d\.\d(?: |\S\[1C)%/;

/** A terminal that takes everything at once. */
function sink(): ScreenOptions {
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => input });
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { input, output: Object.assign(output, { isTTY: true, columns: 120, rows: 40 }), utf8: true };
}

function bound(what: string, seconds: readonly number[], part: number, most: number): Row {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return boundRow(what, at, most, (value) =>
    value < 0.01 ? `${(value * 1000).toFixed(2)} ms` : milliseconds(value),
  );
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function imageOf(count: number): Image {
  const layers = Array.from({ length: count }, (_, i): Layer => ({
    position: i + 1,
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: undefined,
    size: 1e6,
    diffID: undefined,
    content: { kind: 'absent', why: 'missing' },
    step: undefined,
  }));
  return {
    transport: 'oci',
    name: 'oci:synthetic',
    tags: ['synthetic:1'],
    platform: undefined,
    descriptor: undefined,
    rawManifest: undefined,
    rawConfig: undefined,
    rawIndex: undefined,
    config: {} as Image['config'],
    annotations: new Map(),
    layers,
    siblings: [],
    anomalies: [],
  };
}
