import type { KeyContext } from '../keys/table.js';
import type { State } from './state.js';

/** Which keys hold now. */
export function contextOf({ page, pane }: Pick<State, 'page' | 'pane'>): KeyContext {
  if (page !== undefined) return 'page';
  return ({ layers: 'layers', beside: 'layers', files: 'files', details: 'text', image: 'text' } as const)[
    pane
  ];
}
