import { describe, expect, test } from 'vitest';
import { createKeymap } from '../../../src/tui/keys/keymap.js';
import { frameOf } from '../../../src/tui/rows/frame.js';
import type { State } from '../../../src/tui/state/state.js';
import { layerOf } from '../../helpers/layers.js';
import { indexLayerFacts } from '../../helpers/loaded.js';
import { useFolder } from '../../helpers/look.js';
import { after, key, keys, typed, useBeginning } from '../../helpers/pressed.js';

/* No key is without an answer: what it cannot do is said, and what would help. */

const first = useBeginning(useFolder());
const said = (state: State): string | undefined => state.message?.text;

function withFiles(): State {
  const { start, loaded } = indexLayerFacts([layerOf([{ name: 'etc/target', content: 'x' }])]);
  return after(start, { type: 'loaded', loaded: loaded(1) }).state;
}

test('a key that means nothing names the one for help, as it is configured', () => {
  expect(said(after(first(), key('C-y')).state)).toBe('^Y does nothing here: ? shows the keys');
  const keymap = createKeymap('strata', new Map([['help', ['F1']]]));
  expect(said(after({ ...first(), keymap }, key('Q')).state)).toBe('Q does nothing here: F1 shows the keys');
  const helpless = createKeymap('strata', new Map([['help', []]]));
  expect(said(after({ ...first(), keymap: helpless }, key('Q')).state)).toBe('Q does nothing here');
});

describe('what is for a file, where there is none', () => {
  test.each(['Enter', 'H', 'd', 'e', 'y', 'Y'])('%s', (chord) => {
    const waiting = after(first(), key(chord));
    expect(said(waiting.state)).toBe('no files yet: layers are still being read');
    const failed = after({ ...first(), failed: ['broken'] }, key(chord));
    expect(said(failed.state)).toBe('no files: they could not be read');
    const none = after(withFiles(), key('/'), ...typed('nothing-like-it'), ...keys('Enter', chord));
    expect(said(none.state)).toBe('there is no file here');
    expect([waiting, failed, none].flatMap(({ effects }) => effects)).toEqual([]);
    expect([waiting, failed, none].map(({ state }) => state.prompt)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test('an empty path extracts nothing, and says so', () => {
  const { state, effects } = after(withFiles(), ...keys('e', 'C-u', 'Enter'));
  expect([said(state), effects, state.prompt]).toEqual([
    'no path was typed: nothing is written',
    [],
    undefined,
  ]);
});

test('a line for the filter asks for its rehearsal, a search in a page for none', () => {
  expect(after(withFiles(), key('/')).effects).toEqual([{ do: 'rehearse' }]);
  expect(after(withFiles(), key('?'), key('/')).effects).toEqual([]);
});

test('Ctrl-Z goes to the shell also from a line that is typed and from a question, which stay', () => {
  const typing = after(withFiles(), key('/'), ...typed('ta'));
  const away = after(typing.state, key('C-z'));
  expect([away.effects, away.state.prompt]).toEqual([[{ do: 'suspend' }], typing.state.prompt]);
  const keymap = createKeymap('strata', new Map([['suspend', ['Z']]]));
  const own = after({ ...withFiles(), keymap }, key('/'), ...typed('Z'));
  expect([own.effects, own.state.filter]).toEqual([[], 'Z']);
});

test('what is hidden is told in the title of the files, however narrow', () => {
  const hidden = after(withFiles(), key('u')).state;
  const titles = [120, 80, 40].map((width) => {
    const rows = frameOf({ ...hidden, width, height: 20 }).rows.map((row) =>
      row.map(({ text }) => text).join(''),
    );
    return rows.find((row) => row.includes('▌Files'));
  });
  for (const title of titles) expect(title).toMatch(/ no unchanged/);
  expect(titles[0]).toMatch(/ no unchanged \+2 by size 1\/1 $/);
});

test('a tall screen shows everything of the image, a low one some of it', () => {
  const rows = (height: number): number => {
    const state = { ...withFiles(), width: 100, height };
    const lines = frameOf(state).rows.map((row) => row.map(({ text }) => text).join(''));
    return lines.length - 1 - lines.findIndex((line) => line.startsWith(' Image '));
  };
  expect([16, 24, 40, 60, 100].map(rows)).toEqual([4, 6, 16, 16, 16]);
});
