import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../src/layers/history/history.js';
import { imageOf, type Line } from '../sample-image.js';

const layersOf = (lines: readonly Line[], layers?: number): (number | undefined)[] =>
  historyOf(imageOf(lines, layers === undefined ? {} : { layers })).map((step) => step.layer);

const RUN = { by: 'RUN /bin/sh -c true # buildkit' };
const ENV = { by: 'ENV A=b', empty: true };
const WRONG_ENV = { by: 'ENV A=b' };

describe('historyOf', () => {
  it('gives each step that is not empty the next layer (image-spec config.md)', () => {
    const steps = historyOf(
      imageOf([
        { by: '/bin/sh -c #(nop) ADD file:ab in / ', created: '2020-01-01T00:00:00Z', author: 'me' },
        ENV,
        RUN,
      ]),
    );
    expect(steps.map(({ number, layer, size }) => [number, layer, size])).toEqual([
      [1, 1, 100],
      [2, undefined, undefined],
      [3, 2, 200],
    ]);
    expect(steps[0]).toMatchObject({
      created: '2020-01-01T00:00:00Z',
      author: 'me',
      comment: '',
      recorded: true,
    });
    expect(steps[0].instruction.keyword).toBe('ADD');
  });

  it('makes up one unknown step per layer when there is no history', () => {
    const steps = historyOf(imageOf([], { layers: 2 }));
    expect(steps.map(({ number, layer, recorded }) => [number, layer, recorded])).toEqual([
      [1, 1, false],
      [2, 2, false],
    ]);
    expect(steps[0].instruction).toMatchObject({ keyword: 'UNKNOWN', text: '' });
    expect(historyOf(imageOf([]))).toEqual([]);
  });

  it('pairs from the base and makes up steps for layers appended without one', () =>
    expect(layersOf([RUN, ENV, RUN], 4)).toEqual([1, undefined, 2, 3, 4]));

  it('takes metadata steps for empty when only so the numbers fit', () =>
    expect(layersOf([WRONG_ENV, RUN, WRONG_ENV, RUN], 2)).toEqual([undefined, 1, undefined, 2]));

  it('leaves the last steps without a layer when there are too many', () =>
    expect(layersOf([RUN, RUN, RUN], 2)).toEqual([1, 2, undefined]));

  it('knows the shells that the image set, before and after', () => {
    const shell = ['/opt/my sh', '-c'];
    const steps = historyOf(
      imageOf([{ by: 'SHELL [/opt/my sh -c]', empty: true }, { by: 'RUN /opt/my sh -c true # buildkit' }], {
        execution: { shell },
      }),
    );
    expect(steps[0].instruction.list).toEqual(shell);
    expect(steps[1].instruction).toMatchObject({ shell, command: 'true' });
  });

  it('tells unquoted values apart by the final environment and labels', () => {
    const steps = historyOf(
      imageOf([{ by: 'ENV A=x B=y C=z', empty: true }], { execution: { env: ['A=x B=y', 'C=z'] } }),
    );
    expect(steps[0].instruction.pairs).toEqual([
      ['A', 'x B=y'],
      ['C', 'z'],
    ]);
    const overwritten = historyOf(
      imageOf([{ by: 'ENV A=xy B=z', empty: true }], { execution: { env: ['A=x', 'B=z'] } }),
    );
    expect(overwritten[0].instruction.pairs).toEqual([
      ['A', 'xy'],
      ['B', 'z'],
    ]);
  });

  it('gives every layer to exactly one step, in order, whatever the history says', () => {
    const line = fc.record({
      by: fc.constantFrom('ENV A=b', 'RUN true', '', 'x', 'CMD ["a"]'),
      empty: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 0, max: 12 }), (lines, layers) => {
        const given = layersOf(lines, layers).filter((layer) => layer !== undefined);
        expect(given).toEqual(Array.from({ length: layers }, (_, i) => i + 1));
      }),
    );
  });
});
