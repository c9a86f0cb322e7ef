import { expect, test } from 'vitest';
import type { Image, Layer } from '../../../src/model/image.js';
import { type GoOn, takeGoOn, whereFrom } from '../../../src/commands/explore/as-root.js';

const layers: readonly Layer[] = Array.from({ length: 12 });
const image = { layers } as Image;
const taken = (value: unknown): GoOn | undefined =>
  takeGoOn({ STRATA_EXPLORE: typeof value === 'string' ? value : JSON.stringify(value) });

test('what was left is gone on with once, at its layer', () => {
  const goOn: GoOn = { image: 'demo.tar', layer: 7, then: 'shell' };
  const env: NodeJS.ProcessEnv = { STRATA_EXPLORE: JSON.stringify(goOn) };
  expect(takeGoOn(env)).toEqual(goOn);
  expect([env, takeGoOn(env)]).toEqual([{}, undefined]);
  expect(whereFrom(goOn, { image, n: 12 })).toEqual({ n: 7, begin: 'shell' });
  expect(whereFrom(undefined, { image, n: 12 })).toEqual({ n: 12 });
  const changes = taken({ image: 'demo.tar', then: { changes: '0123456789abcdef' } });
  expect(whereFrom(changes, { image, n: 12 })).toEqual({
    n: 12,
    begin: 'commit',
    stepped: { id: '0123456789abcdef', name: '0123456789ab' },
  });
});

test('what somebody else has put there is nothing, or in range', () => {
  const odd = ['', '{', 'null', '[]', { image: 1 }, { image: 'x' }, { image: 'x', then: { changes: 1 } }];
  expect(odd.map(taken)).toEqual(odd.map(() => undefined));
  for (const layer of [-1, 0, 13, 1.5, 'x', null])
    expect(whereFrom(taken({ image: 'x', layer, then: 'shell' }), { image, n: 12 }).n).toBe(12);
});
