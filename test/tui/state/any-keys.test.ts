import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinStacks } from '../../../src/layers/compare/join-stacks.js';
import type { LayerIndex } from '../../../src/layers/index/layer-index.js';
import { unite } from '../../../src/layers/union/unite.js';
import { classifyBytes } from '../../../src/layers/waste/classify-bytes.js';
import { wasteOf } from '../../../src/layers/waste/waste-sums.js';
import { KEY_TABLE } from '../../../src/tui/keys/table.js';
import { safeText } from '../../../src/tui/rows/safe-text.js';
import { seg } from '../../../src/tui/rows/segment.js';
import type { Action, Effect } from '../../../src/tui/state/action.js';
import { bodyOf } from '../../../src/tui/state/page.js';
import type { Beside } from '../../../src/tui/state/second-image.js';
import type { State } from '../../../src/tui/state/state.js';
import { createForest } from '../../../src/tui/tree/file-tree.js';
import { rowCount, rowOf } from '../../../src/tui/tree/tree-rows.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { indexLayerFacts } from '../../helpers/loaded.js';
import { after, key, rowsOf } from '../../helpers/pressed.js';

/* Whatever is pressed, and whenever what is outside answers: no throw, a screen that is full, a cursor on a row. */

const NAMES = ['a', 'bin', 'Lib', 'é', '界', 'a\u202eb', 'new\nline', '-x', 'very-long-name'.repeat(9)];
const place = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const member: fc.Arbitrary<MemberSpec> = fc
  .record({
    name: place,
    kind: fc.constantFrom('file', 'file', 'dir', 'whiteout', 'symlink', 'hardlink'),
    size: fc.nat(2000),
    mode: fc.constantFrom(0o644, 0o755, 0o4755),
    link: place,
  })
  .map(({ name, kind, size, mode, link }): MemberSpec => {
    const slash = name.lastIndexOf('/') + 1;
    if (kind === 'whiteout') return { name: `${name.slice(0, slash)}.wh.${name.slice(slash)}` };
    if (kind === 'dir') return { name, type: 'dir' };
    if (kind === 'symlink') return { name, type: 'symlink', link };
    if (kind === 'hardlink') return { name, type: 'hardlink', link };
    return { name, content: 'x'.repeat(size), mode };
  });
const stack = fc.array(fc.array(member, { maxLength: 12 }).map(layerOf), { minLength: 1, maxLength: 4 });

const CHORDS = [...new Set(KEY_TABLE.flatMap(({ chords, dive }) => [...chords, ...(dive ?? [])]))];
const TYPED = [
  ...Array.from('abilxé/ :>!re.*$^'),
  'Enter',
  'Esc',
  'Backspace',
  'Left',
  'Right',
  'C-u',
  'C-w',
];
const QUERIES = ['size:>1k', 'kind:dir', 're:^a', 'setuid', 'deleted', 'waste', '!bin'];

/** What is pressed, or that something outside comes to its end. */
type Happening = Action | 'read more' | 'judge' | 'answer' | { readonly filter: string };
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...CHORDS).map(key) },
  { weight: 8, arbitrary: fc.constantFrom(...TYPED).map(key) },
  { weight: 2, arbitrary: fc.constantFrom(...QUERIES).map((filter) => ({ filter })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('bin', 'a\nb', '\x1b[A', ' ')
      .map((text) => ({ type: 'paste' as const, text })),
  },
  { weight: 3, arbitrary: fc.constantFrom('read more' as const, 'judge' as const, 'answer' as const) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('click' as const), x: fc.nat(130), y: fc.nat(45) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('wheel' as const),
      x: fc.nat(130),
      y: fc.nat(45),
      down: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('resize' as const),
      width: fc.constantFrom(0, 1, 19, 20, 40, 69, 70, 120, 300),
      height: fc.constantFrom(0, 1, 5, 6, 12, 15, 16, 40),
    }),
  },
);

test('any keys, clicks and sizes, while layers are read or not, leave a good screen', () => {
  fc.assert(
    fc.property(
      stack,
      fc.option(stack, { nil: undefined }),
      fc.array(happening, { minLength: 1, maxLength: 60 }),
      (first, second, happenings) => {
        let world = begin(first, second);
        for (const one of happenings) world = happen(world, one);
      },
    ),
    { numRuns: 400 },
  );
});

interface World {
  readonly first: readonly LayerIndex[];
  readonly second: readonly LayerIndex[] | undefined;
  readonly read: number;
  readonly state: State;
  /** What was asked for and not answered yet. */
  readonly asked: readonly Effect[];
}

function begin(first: readonly LayerIndex[], second: readonly LayerIndex[] | undefined): World {
  const { start } = indexLayerFacts(first);
  const beside: Beside | undefined =
    second === undefined
      ? undefined
      : {
          image: indexLayerFacts(second).start.image,
          top: second.length,
          steps: new Map(),
          layer: second.length,
          layersTop: 0,
          side: 'first',
          shown: true,
          read: undefined,
        };
  const state = { ...start, ...(beside === undefined ? {} : { beside }) };
  rowsOf(state);
  return { first, second, read: 0, state, asked: [] };
}

function happen(world: World, one: Happening): World {
  if (one === 'read more') {
    const read = Math.min(world.first.length, world.read + 1);
    const { loaded } = indexLayerFacts(world.first);
    return then({ ...world, read }, { type: 'loaded', loaded: loaded(read) });
  }
  if (one === 'judge') return world.read < world.first.length ? world : then(world, judged(world.first));
  if (one === 'answer') return answerOldest(world);
  if (!('filter' in one)) return then(world, one);
  return Array.from(`/${one.filter}`).reduce(
    (next, char) => then(next, key(char === ' ' ? 'Space' : char)),
    world,
  );
}

function then(world: World, action: Action): World {
  const { state, effects } = after(world.state, action);
  rowsOf(state);
  const { tree, cursor } = state;
  if (tree !== undefined && rowCount(tree) > 0) expect(rowOf(tree, cursor)).toBeGreaterThanOrEqual(0);
  expect(state.layer).toBeGreaterThanOrEqual(Math.min(1, state.top));
  expect(state.layer).toBeLessThanOrEqual(state.top);
  return { ...world, state, asked: [...world.asked, ...effects] };
}

function judged(first: readonly LayerIndex[]): Action {
  const union = unite(first);
  const classified = classifyBytes(union, first.length);
  const marks = new Uint8Array(union.paths.count).map((_, node) => node % 2);
  const found = { waste: marks, anomaly: marks };
  return { type: 'judged', judged: { waste: wasteOf(classified), classOf: classified.classOf, found } };
}

function answerOldest(world: World): World {
  const effect = world.asked.at(0);
  if (effect === undefined) return world;
  const next = { ...world, asked: world.asked.slice(1) };
  if (effect.do === 'beside' && world.second !== undefined) {
    const forest = createForest(joinStacks(world.first, world.second));
    const shared = { first: new Map<number, number>(), second: new Map<number, number>() };
    return then(next, { type: 'beside', read: { forest, layers: [], shared } });
  }
  if (effect.do !== 'read' && effect.do !== 'difference') return next;
  const body = bodyOf(NAMES.map((name) => [seg(safeText(name))]));
  const { id, node } = effect;
  const file =
    effect.do === 'read'
      ? {
          node,
          touch: effect.touch,
          form: 'text' as const,
          forms: ['text', 'hex'] as const,
          size: 99,
          start: 0,
          end: 99,
        }
      : undefined;
  return then(next, { type: 'filled', id, body, title: 'read', ...(file === undefined ? {} : { file }) });
}
