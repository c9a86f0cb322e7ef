import { describe, expect, test } from 'vitest';
import { nodePath } from '../../../src/layers/index/path-table.js';
import { recalled } from '../../../src/tui/state/bisect.js';
import type { Prompt, State } from '../../../src/tui/state/state.js';
import { layerOf } from '../../helpers/layers.js';
import { indexLayerFacts } from '../../helpers/loaded.js';
import { after, key, keys, rowsOf, typed } from '../../helpers/pressed.js';

const layers = [
  layerOf([
    { name: 'app/' + 'config', content: 'x' },
    { name: 'app/other', content: 'yy' },
    { name: 'zoo', content: 'z' },
  ]),
  layerOf([{ name: 'app/.wh.config' }]),
  layerOf([{ name: 'app/config', content: 'new' }]),
];

function looked(): State {
  const { start, loaded } = indexLayerFacts(layers);
  return after(start, { type: 'loaded', loaded: loaded(3) }).state;
}

const at = ({ tree, cursor }: State): string =>
  tree === undefined ? '' : nodePath(tree.facts.union.paths, cursor);
const status = (state: State): string => rowsOf(state).at(-1) ?? '';

describe('what is pasted', () => {
  test('goes into the line that is typed, all its lines in one, and presses no key', () => {
    const { state, effects } = after(looked(), key('/'), { type: 'paste', text: 'con\nq\x03fig \x1b[A' });
    expect(effects).toEqual([]);
    expect(state.prompt?.text).toBe('con qfig [A');
    expect(state.filter).toBe('con qfig [A');
  });

  test('presses nothing where no line is typed, and says so', () => {
    const { state, effects } = after(looked(), { type: 'paste', text: 'qq' });
    expect(effects).toEqual([]);
    expect(status(state)).toContain('pasted text goes into a line that is typed');
  });

  test('is cut to what a line may have', () => {
    const { state } = after(looked(), key('/'), ...typed('ab'), { type: 'paste', text: 'x'.repeat(4000) });
    expect(state.prompt?.text).toBe(`ab${'x'.repeat(498)}`);
  });
});

describe('a filter', () => {
  test.each([
    ['!config', '3 found'],
    ['!', '4 found'],
    ['!nothing', '4 found'],
    ['config', '1 found'],
  ])('%s says how many rows it leaves: %s', (filter, said) => {
    const { state } = after(looked(), key('/'), ...typed(filter));
    expect(status(state)).toContain(said);
  });
});

describe('time', () => {
  const onConfig = (): State =>
    after(looked(), key('*'), key('/'), ...typed('config'), ...keys('Enter', 'Esc')).state;

  test('comes back to the path that was not there for a while', () => {
    const state = onConfig();
    expect(at(state)).toBe('/app/config');
    const before = after(state, { type: 'do', action: 'toggle-removed' }, key('[')).state;
    expect(at(before)).toBe('/app');
    expect(at(after(before, key(']')).state)).toBe('/app/config');
  });

  test('but not when the cursor was moved meanwhile', () => {
    const before = after(onConfig(), { type: 'do', action: 'toggle-removed' }, key('[')).state;
    const moved = after(before, key('j'), key(']')).state;
    expect(at(moved)).not.toBe('/app/config');
  });

  test('a removed file of a range is as it was at the beginning of the range', () => {
    const range = after(looked(), key('['), key('m'), key('['), key('m')).state;
    const found = after(range, key('/'), ...typed('config'), ...keys('Enter', 'Enter')).state;
    expect(rowsOf(found).join('\n')).toContain('as it was before layer 2 removed it');
  });
});

test('a step in the list of layers says that two marks hold the files', () => {
  const marked = after(looked(), key('m'), key('['), key('m')).state;
  expect(status(after(marked, key('[')).state)).toContain('the files stay those between the marks');
  expect(status(after(marked, key('Esc'), key('[')).state)).not.toContain('the files stay');
});

test('a search begins with an empty line; nothing typed is what was searched for before', () => {
  const page = after(looked(), key('?')).state;
  const found = after(page, key('/'), ...typed('quit'), key('Enter')).state;
  expect(found.page?.search).toBe('quit');
  const again = after(found, key('/')).state;
  expect(again.prompt?.text).toBe('');
  expect(after(again, key('Enter')).state.page?.search).toBe('quit');
});

test('Up and Down in the line of bisect come back to what was typed', () => {
  const prompt: Prompt = { kind: 'bisect', label: '', text: 'dra', at: 3, before: '' };
  const state = { ...looked(), bisected: ['one', 'two'] };
  const up = recalled(state, prompt, true);
  expect(up.text).toBe('two');
  expect(recalled(state, recalled(state, up, true), false).text).toBe('two');
  expect(recalled(state, up, false).text).toBe('dra');
  expect(recalled({ ...state, bisected: [] }, prompt, true).text).toBe('dra');
});
