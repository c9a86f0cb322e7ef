import { describe, expect, test } from 'vitest';
import { parseConfigDocument } from '../../../src/layers/gate/config-document.js';
import { parseChord, showChord } from '../../../src/tui/keys/chord.js';
import { readConfig, readDiveConfig } from '../../../src/tui/keys/config.js';
import { createKeymap, PROFILES } from '../../../src/tui/keys/keymap.js';
import { CONTEXTS, KEY_TABLE, type KeyRow } from '../../../src/tui/keys/table.js';

const table: readonly KeyRow[] = KEY_TABLE;

describe('the key table', () => {
  test.each(PROFILES)(
    'of %s has each key once in a context, and only keys that terminals have',
    (profile) => {
      for (const context of CONTEXTS) {
        const chords = table
          .filter((row) => row.context === context)
          .flatMap((row) => (profile === 'dive' ? (row.dive ?? row.chords) : row.chords));
        expect(chords.filter((chord, i) => chords.indexOf(chord) !== i)).toEqual([]);
        expect(chords.filter((chord) => parseChord(chord) !== chord)).toEqual([]);
      }
    },
  );

  test.each([['quit: []'], ['quit: ctrl+m']])('Ctrl-C leaves even with keys: {%s}', (keys) => {
    const { keys: overrides } = readConfig(parseConfigDocument(`explore: {keys: {${keys}}}`, 'strata.yaml'));
    const keymap = createKeymap('strata', overrides);
    for (const context of CONTEXTS.filter(
      (one) => !table.some((row) => row.context === one && row.chords.includes('C-c')),
    ))
      expect(keymap.find(context, 'C-c')?.action).toBe('quit');
  });

  test('every action can be reached in every profile', () => {
    for (const profile of PROFILES)
      for (const row of createKeymap(profile).rows)
        if (row.dive?.length !== 0)
          expect([profile, row.action, row.chords.length > 0]).toEqual([profile, row.action, true]);
  });
});

describe('chords', () => {
  test.each([
    ['ctrl+f', 'C-f'],
    ['Ctrl+C', 'C-c'],
    ['pgdn', 'PageDown'],
    ['space', 'Space'],
    ['ctrl+space', 'C-Space'],
    ['ctrl+slash', 'C-_'],
    ['ctrl+m', 'Enter'],
    ['shift+tab', 'S-Tab'],
    ['G', 'G'],
    ['shift+g', 'G'],
    ['f5', 'F5'],
  ])('%s is %s', (text, chord) => {
    expect(parseChord(text)).toBe(chord);
  });

  test.each(['ctrl+1', 'hyper+x', '', 'ctrl+Up!'])('%j is none', (text) => {
    expect(parseChord(text)).toBeUndefined();
  });

  test('are shown briefly', () => {
    expect(['C-f', 'Up', 'q'].map(showChord)).toEqual(['^F', '↑', 'q']);
  });
});

describe('configuration', () => {
  test('keys of one action, in one context or in all, take the place of the default', () => {
    const text =
      'explore:\n  profile: dive\n  theme: light\n  hide: [unchanged]\n  keys:\n    quit: [Q]\n    files.fold: ctrl+t\n    nonsense: x\n';
    const config = readConfig(parseConfigDocument(text, 'config.yaml'));
    expect(config).toMatchObject({ profile: 'dive', theme: 'light', hide: { same: true } });
    expect(config.problems).toEqual(['no action is called nonsense']);
    const keymap = createKeymap('strata', config.keys);
    expect(keymap.find('files', 'Q')?.action).toBe('quit');
    expect(keymap.find('files', 'q')).toBeUndefined();
    expect(keymap.find('files', 'C-t')?.action).toBe('fold');
  });

  test.each([
    ['just some words', ['the file must have names with values']],
    ['- one', ['the file must have names with values']],
    ['explore: dark', ['explore must have names with values']],
    ['explore: {nosuch: 1}', ['no setting is called nosuch']],
    ['explorer: {theme: dark}', ['no setting is called explorer']],
    ['explore: {keys: q}', ['keys must have names with values']],
    ['explore: {theme: pink}', ['theme must be one of dark, light, contrast, mono']],
    [
      'explore: {hide: [same, unchanged]}',
      ['hide has added, removed, modified, changed, unmodified, unchanged, not same'],
    ],
    ['explore: {unfolded: si}', ['unfolded must be true or false']],
    ['explore: {keys: {sort: Z, filter: Z}}', ['Z is given to both filter and sort']],
    ['explore: {keys: {layers.open: x, files.open: x}}', []],
    ['explore: {keys: {up: x, files.down: x}}', ['x is given to both up and down']],
    ['explore: {keys: {quit: k}}', ['k is up in layers and not quit, unless up gets another key']],
    ['explore: {keys: {quit: k, up: i, first: g}}', []],
    ['explore: {keys: {quit: q}}', []],
    ['explore: {hide: 5}', ['hide must be a list']],
    ['explore: {hide: , unfolded: , theme: , keys: }', []],
    ['explore:\n', []],
    ['', []],
  ])('%j: what means nothing is told', (text, problems) => {
    expect(readConfig(parseConfigDocument(text, 'config.yaml')).problems).toEqual(problems);
  });

  test("dive's own file is understood; what only dive has is passed over", () => {
    const text = `
container-engine: docker
keybinding:
  quit: ctrl+q
  toggle-added-files: ctrl+a
  toggle-wrap-tree: ctrl+p
  page-down: pgdn,d
diff: { hide: [added, unmodified] }
filetree: { collapse-dir: true, pane-width: 0.5, show-attributes: false }
`;
    const config = readDiveConfig(parseConfigDocument(text, '.dive.yaml'));
    expect(config).toMatchObject({
      profile: 'dive',
      hide: { added: true, same: true },
      unfolded: false,
      attributes: false,
      problems: [],
    });
    const keymap = createKeymap('dive', config.keys);
    expect(keymap.find('files', 'C-q')?.action).toBe('quit');
    expect(keymap.find('files', 'C-a')?.action).toBe('toggle-added');
    expect(keymap.find('files', 'd')?.action).toBe('page-down');
  });
});
