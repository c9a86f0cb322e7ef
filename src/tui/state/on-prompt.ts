import { recalled, startBisect } from './bisect.js';
import type { Next } from './action.js';
import { filtered } from './derive.js';
import { done, refused } from './next.js';
import { filteredChanges } from './on-changes.js';
import { typedIntoForm } from './on-commit.js';
import { extractEffect } from './on-files.js';
import { cleared, perform } from './perform.js';
import { typeKey } from './prompt.js';
import { find } from './search.js';
import type { Prompt, State } from './state.js';

/** Into the line that is typed; there is one line, so others follow behind a blank. */
export function onPaste(state: State, text: string): Next<State> {
  const line = text.trim().replace(/\s+/g, ' ');
  if (state.prompt !== undefined && line !== '') return onPrompt(state, state.prompt, '', line);
  return done({
    ...state,
    message: { text: 'pasted text goes into a line that is typed, as / opens one', role: 'status' },
  });
}

/** Returns what a key makes of the line that is typed, and what is done with the line when it ends. */
export function onPrompt(state: State, prompt: Prompt, chord: string, text: string | undefined): Next<State> {
  // Within the filter, the arrows already go through what it found.
  if (prompt.kind === 'filter' && (chord === 'Up' || chord === 'Down'))
    return perform({ ...state, pane: 'files' }, chord === 'Up' ? 'up' : 'down');
  if (prompt.kind === 'bisect' && (chord === 'Up' || chord === 'Down'))
    return done({ ...state, prompt: recalled(state, prompt, chord === 'Up') });
  const typed = typeKey(prompt, chord, text);
  const open = typed.kind === 'typing' ? typed.prompt : undefined;
  const next: State = { ...state, prompt: open };
  if (prompt.kind === 'filter') {
    if (typed.kind === 'cancelled') return done(cleared(next));
    const shown = typed.prompt.text === state.filter ? next : filtered(next, typed.prompt.text);
    return done(typed.kind === 'done' ? { ...shown, pane: 'files' } : shown);
  }
  if (prompt.kind === 'changes') return done(filteredChanges(next, typed));
  if (typed.kind !== 'done') return done(next);
  if (prompt.kind === 'commit-name' || prompt.kind === 'commit-message')
    return typedIntoForm(next, prompt.kind, typed.prompt.text);
  if (prompt.kind === 'search')
    return next.page === undefined
      ? done(next)
      : // Nothing typed: what was searched for before.
        find(next, next.page, typed.prompt.text || next.page.search, next.page.top - 1, 1);
  if (prompt.kind === 'bisect') return startBisect(next, typed.prompt.text);
  const to = typed.prompt.text.trim();
  if (to === '') return done(refused(next, 'no path was typed: nothing is written'));
  return { state: next, effects: [extractEffect(state, to)] };
}
