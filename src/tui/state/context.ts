import type { KeyContext } from '../keys/table.js';
import type { State } from './state.js';

/** Which keys hold now. */
export function contextOf({ page, pane }: Pick<State, 'page' | 'pane'>): KeyContext {
  if (page?.changes !== undefined) return page.changes.form === undefined ? 'changes' : 'commit';
  if (page !== undefined) return 'page';
  return ({ layers: 'layers', files: 'files', details: 'text', image: 'text' } as const)[pane];
}
