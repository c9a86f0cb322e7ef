import { createKeymap } from '../src/tui/keys/keymap.js';
import { frameOf } from '../src/tui/rows/frame.js';
import { loadedOf } from '../src/tui/effects/load.js';
import type { Action } from '../src/tui/state/action.js';
import { reduce } from '../src/tui/state/reduce.js';
import { startState, type State } from '../src/tui/state/state.js';
import type { IndexedLayer } from '../src/layers/index-image.js';
import { unite } from '../src/layers/unite.js';
import type { Image, Layer } from '../src/model/image.js';
import { boundRow, milliseconds, type Row } from './table.js';
import { syntheticLayer } from './union.js';

const LAYERS = 70;
const ENTRIES = 500_000;

/** A key press to its frame, a move in time, a letter of the filter, and the first frame, of a synthetic image. */
export function* exploreRows(): Generator<Row> {
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
  const first = timed(() => void frameOf(start()));
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
        frameOf(state);
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
  const typed: number[] = [];
  for (const text of ['file-4242', 'pack lib js', '!package-1 js', 'size:>1k js'])
    typed.push(
      ...press(
        key('/'),
        ...Array.from(text).map((char) => key(char === ' ' ? 'Space' : char, char)),
        key('Esc'),
      ),
    );
  yield bound('explore: a letter of the filter to frame, median', typed, 0.5, 0.05);
  yield bound('explore: the same, 99th percentile', typed, 0.99, 0.1);
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
