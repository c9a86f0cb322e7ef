import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import { unite } from '../../src/layers/union/unite.js';
import type { Image, Layer } from '../../src/model/image.js';
import { loadedOf } from '../../src/tui/effects/load.js';
import { createKeymap } from '../../src/tui/keys/keymap.js';
import { type Loaded, startState, type State } from '../../src/tui/state/state.js';

/** Returns the state of the first screen of an image of these layers, and what is known when the first `count` are read. */
export function indexLayerFacts(indexes: readonly LayerIndex[]): {
  start: State;
  loaded: (count: number) => Loaded;
} {
  const layers = indexes.map((index, i): Layer => ({
    position: i + 1,
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: undefined,
    size: index.plainBytes,
    diffID: index.diffID,
    content: { kind: 'absent', why: 'missing' },
    step: undefined,
  }));
  const image = { name: 'oci:made', tags: [], layers, config: {}, anomalies: [] } as unknown as Image;
  const n = layers.length;
  return {
    start: startState({
      width: 120,
      height: 40,
      image,
      n,
      layer: n,
      steps: [],
      keymap: createKeymap(),
      theme: 'dark',
    }),
    loaded(count) {
      const read = indexes
        .slice(0, count)
        .map((index, i) => ({ layer: layers[i], index, facts: undefined, anomalies: [] }));
      return loadedOf(read, unite(indexes.slice(0, count)), []);
    },
  };
}
