import { expect, test } from 'vitest';
import type { Anomaly } from '../../../src/model/anomaly.js';
import { layerDetails } from '../../../src/tui/rows/details.js';
import { layerOf } from '../../helpers/layers.js';
import { indexLayerFacts } from '../../helpers/loaded.js';

test('a layer has the anomalies that name it first, not those of layers whose number begins like its own', () => {
  const { start, loaded } = indexLayerFacts(Array.from({ length: 12 }, () => layerOf([{ name: 'a' }])));
  const anomalies: Anomaly[] = [
    { code: 'whiteout-dangling', where: '/gone', detail: 'layer 12: it is gone since layer 2' },
    { code: 'blob-trailing-data', where: 'layer 2' },
    { code: 'archive-trailing-data', where: 'config' },
  ];
  const state = { ...start, loaded: { ...loaded(12), anomalies } };
  const told = [1, 2, 12].map((layer) =>
    layerDetails({ ...state, layer }, 200)
      .map((row) => row.map(({ text }) => text).join(''))
      .filter((text) => text.startsWith(' anomaly')),
  );
  expect(told.map((rows) => rows.map((text) => text.replace(/^ anomaly +/, '')))).toEqual([
    [],
    ['blob-trailing-data: layer 2'],
    ['whiteout-dangling: /gone'],
  ]);
});
