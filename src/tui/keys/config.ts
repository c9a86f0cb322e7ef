import type { SortKey } from '../tree/child-order.js';
import type { Hidden } from '../tree/shown-rows.js';
import { THEME_NAMES, type ThemeName } from '../rows/theme.js';
import {
  askedChords,
  type KeyOverrides,
  parseChords,
  type Profile,
  PROFILES,
  usualChords,
} from './keymap.js';
import { KEY_TABLE, type KeyRow } from './table.js';

/** How the explorer starts, from configuration. */
export interface ExploreConfig {
  readonly profile: Profile | undefined;
  readonly theme: ThemeName | undefined;
  readonly sort: SortKey | undefined;
  readonly hide: Partial<Hidden>;
  /** Whether directories start unfolded. */
  readonly unfolded: boolean | undefined;
  readonly attributes: boolean | undefined;
  readonly keys: KeyOverrides;
  /** What was not understood, in words. */
  readonly problems: readonly string[];
}

export const NO_CONFIG: ExploreConfig = {
  profile: undefined,
  theme: undefined,
  sort: undefined,
  hide: {},
  unfolded: undefined,
  attributes: undefined,
  keys: new Map(),
  problems: [],
};

const HIDES: Readonly<Record<string, keyof Hidden>> = {
  added: 'added',
  removed: 'removed',
  modified: 'modified',
  changed: 'modified',
  unmodified: 'same',
  unchanged: 'same',
};

/** dive's names of its keys → actions. Its two views share some. */
const DIVE_KEYS: Readonly<Record<string, string>> = {
  quit: 'quit',
  'toggle-view': 'next-pane',
  'filter-files': 'filter',
  'close-filter-files': 'back',
  up: 'up',
  down: 'down',
  left: 'left',
  right: 'right',
  'page-up': 'page-up',
  'page-down': 'page-down',
  'compare-all': 'range-all',
  'compare-layer': 'compare-layer',
  'toggle-collapse-dir': 'fold',
  'toggle-collapse-all-dir': 'fold-all',
  'toggle-added-files': 'toggle-added',
  'toggle-removed-files': 'toggle-removed',
  'toggle-modified-files': 'toggle-modified',
  'toggle-unmodified-files': 'toggle-unchanged',
  'toggle-unchanged-files': 'toggle-unchanged',
  'toggle-filetree-attributes': 'attributes',
  'toggle-sort-order': 'sort',
  'extract-file': 'extract',
};

/** The settings below `explore` of strata's own file. */
const SETTINGS = ['profile', 'theme', 'sort', 'hide', 'unfolded', 'attributes', 'keys'] as const;

/** Returns the settings of strata's own file: `explore: {profile, theme, sort, hide, unfolded, attributes, keys}`. */
export function readConfig(document: unknown): ExploreConfig {
  const problems: string[] = [];
  const top = section(document, 'the file', ['explore'], problems);
  const explore = section(top.get('explore'), 'explore', SETTINGS, problems);
  const keys = new Map<string, readonly string[]>();
  const known = KEY_TABLE.flatMap(({ context, action }) => [action, `${context}.${action}`]);
  const asked = section(explore.get('keys'), 'keys', known, problems, 'no action is called');
  for (const [name, value] of asked) if (known.includes(name)) addKeys(keys, name, value, problems);
  const profile = choice(explore, 'profile', PROFILES, problems);
  problems.push(...conflicts(keys), ...shadowed(keys, profile ?? 'strata'));
  return {
    profile,
    theme: choice(explore, 'theme', THEME_NAMES, problems),
    sort: choice(explore, 'sort', ['size', 'name'] as const, problems),
    hide: hidden(explore.get('hide'), problems),
    unfolded: truth(explore, 'unfolded', problems),
    attributes: truth(explore, 'attributes', problems),
    keys,
    problems,
  };
}

/** Returns the settings of a `.dive.yaml` as dive 0.13 understands them; what only dive has is passed over. */
export function readDiveConfig(document: unknown): ExploreConfig {
  const problems: string[] = [];
  const top = section(document, 'the file', undefined, problems);
  const keys = new Map<string, readonly string[]>();
  for (const [name, value] of mapOf(top.get('keybinding'))) {
    const action = Object.hasOwn(DIVE_KEYS, name) ? DIVE_KEYS[name] : undefined;
    if (action !== undefined) addKeys(keys, action, value, problems);
  }
  const filetree = mapOf(top.get('filetree'));
  const collapsed = truth(filetree, 'collapse-dir', problems);
  return {
    ...NO_CONFIG,
    profile: 'dive',
    hide: hidden(mapOf(top.get('diff')).get('hide'), problems),
    unfolded: collapsed === undefined ? undefined : !collapsed,
    attributes: truth(filetree, 'show-attributes', problems),
    keys,
    problems,
  };
}

function addKeys(
  keys: Map<string, readonly string[]>,
  name: string,
  value: unknown,
  problems: string[],
): void {
  const { chords, unknown } = parseChords(value);
  for (const text of unknown) problems.push(`no terminal has the key ${text}`);
  if (chords.length > 0 || unknown.length === 0) keys.set(name, chords);
}

/** The names of a mapping; what is none, or has others than those known, is told. Nothing at all is an empty one. */
function section(
  value: unknown,
  what: string,
  known: readonly string[] | undefined,
  problems: string[],
  unknown = 'no setting is called',
): ReadonlyMap<string, unknown> {
  if (value !== undefined && value !== null && !(value instanceof Map))
    problems.push(`${what} must have names with values`);
  const found = mapOf(value);
  if (known !== undefined)
    for (const name of found.keys()) if (!known.includes(name)) problems.push(`${unknown} ${name}`);
  return found;
}

/** Keys that two actions of one place were given: only the first of them is found. */
function conflicts(keys: KeyOverrides): string[] {
  const taken = new Map<string, string>();
  const found: string[] = [];
  for (const row of KEY_TABLE)
    for (const chord of new Set(askedChords(row, keys))) {
      const { context, action } = row;
      const other = taken.get(`${context} ${chord}`);
      if (other === undefined) taken.set(`${context} ${chord}`, action);
      else found.push(`${chord} is given to both ${other} and ${action}`);
    }
  return [...new Set(found)];
}

/** Keys that were given to what holds everywhere, and mean something else in one place, which goes first there. */
function shadowed(keys: KeyOverrides, profile: Profile): string[] {
  const rows: readonly KeyRow[] = KEY_TABLE;
  const inner = rows.filter((row) => row.context !== 'everywhere' && askedChords(row, keys) === undefined);
  return rows
    .filter(({ context }) => context === 'everywhere')
    .flatMap((row) => {
      const asked = askedChords(row, keys) ?? [];
      // What is so by default is meant.
      const fresh = asked.filter((chord) => !usualChords(row, profile).includes(chord));
      return fresh.flatMap((chord) => {
        const other = inner.find((one) => usualChords(one, profile).includes(chord));
        return other === undefined
          ? []
          : [
              `${chord} is ${other.action} in ${other.context} and not ${row.action}, unless ${other.action} gets another key`,
            ];
      });
    });
}

function mapOf(value: unknown): ReadonlyMap<string, unknown> {
  if (!(value instanceof Map)) return new Map();
  return new Map([...value].map(([key, one]): [string, unknown] => [String(key), one]));
}

function choice<T extends string>(
  from: ReadonlyMap<string, unknown>,
  key: string,
  choices: readonly T[],
  problems: string[],
): T | undefined {
  const value = from.get(key) ?? undefined;
  const found = choices.find((one) => one === value);
  if (value !== undefined && found === undefined)
    problems.push(`${key} must be one of ${choices.join(', ')}`);
  return found;
}

function truth(from: ReadonlyMap<string, unknown>, key: string, problems: string[]): boolean | undefined {
  const value = from.get(key) ?? undefined;
  if (typeof value === 'boolean') return value;
  if (value !== undefined) problems.push(`${key} must be true or false`);
  return undefined;
}

function hidden(value: unknown, problems: string[]): Partial<Hidden> {
  const names = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
  if (names.length === 0 && !Array.isArray(value) && (value ?? undefined) !== undefined)
    problems.push('hide must be a list');
  const known = names.filter((name) => Object.hasOwn(HIDES, name));
  for (const name of names)
    if (!known.includes(name)) problems.push(`hide has ${Object.keys(HIDES).join(', ')}, not ${name}`);
  return Object.fromEntries(known.map((name) => [HIDES[name], true]));
}
