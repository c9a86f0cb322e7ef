import { existsSync } from 'node:fs';
import { beforeAll, expect } from 'vitest';
import { lookedAt } from '../../src/commands/explore/looked-at.js';
import { openImage } from '../../src/images/open.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { parseReference } from '../../src/model/reference.js';
import { textWidth } from '../../src/report/width.js';
import { createKeymap } from '../../src/tui/keys/keymap.js';
import { frameOf } from '../../src/tui/rows/frame.js';
import type { Action, Effect } from '../../src/tui/state/action.js';
import { reduce } from '../../src/tui/state/reduce.js';
import { startState, type State } from '../../src/tui/state/state.js';
import { CONTROL, DEMO } from './look.js';

/* The explorer without a terminal: a pure function of what is pressed and heard. */

/** Gives the tests of a file the explorer as it begins on the demo image, 90 by 20, no layer read; valid inside tests. */
export function useBeginning(folder: () => string): () => State {
  let first: State;
  beforeAll(async () => {
    const opened = await openImage(parseReference(DEMO, existsSync), {
      limits: DEFAULT_LIMITS,
      stdin: process.stdin,
      spoolDir: folder(),
      store: folder(),
      signal: new AbortController().signal,
      log: () => undefined,
      platform: undefined,
    });
    const { start } = lookedAt(
      { image: opened.image, n: 12, close: () => opened.close() },
      { limits: DEFAULT_LIMITS, store: () => Promise.reject(new Error('not asked for')) },
    );
    first = startState({ ...start, width: 90, height: 20, keymap: createKeymap(), theme: 'mono' });
    await opened.close();
  });
  return () => first;
}

/** The state after these actions, and the effects of the last one. */
export function after(
  state: State,
  ...actions: readonly Action[]
): { state: State; effects: readonly Effect[] } {
  let next: { state: State; effects: readonly Effect[] } = { state, effects: [] };
  for (const action of actions) {
    const wasGood = hasGoodTree(next.state);
    next = reduce(next.state, action);
    if (wasGood && !hasGoodTree(next.state))
      expect.fail(`after ${JSON.stringify(action)} the tree is not the one that its forest made last`);
  }
  return next;
}

/** Trees of a forest share their memory. A state that was kept from before another one of it has none that is good. */
function hasGoodTree({ tree, loaded, beside }: State): boolean {
  if (tree === undefined) return true;
  const forest = [loaded?.forest, beside?.read?.forest].find((one) => one?.facts === tree.facts);
  return forest?.made === tree.made;
}

export function key(chord: string): Action {
  return { type: 'key', chord, ...(Array.from(chord).length === 1 ? { text: chord } : {}) };
}

export function keys(...chords: readonly string[]): Action[] {
  return chords.map(key);
}

export function typed(text: string): Action[] {
  return Array.from(text, key);
}

/** The rows of its frame: each takes all columns and no more, and has no control. */
export function rowsOf(state: State): string[] {
  const rows = frameOf(state).rows.map((row) => row.map(({ text }) => text).join(''));
  expect(rows).toHaveLength(state.height);
  for (const row of rows) {
    if (textWidth(row) !== state.width) expect(row).toBe(`${String(state.width)} columns`);
    expect(row).not.toMatch(CONTROL);
    expect(row).not.toContain('\n');
  }
  return rows;
}
