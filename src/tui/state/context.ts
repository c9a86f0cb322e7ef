import type { KeyContext } from '../keys/table.js';
import type { PageKind } from './page.js';
import type { State } from './state.js';

/** Pages with keys of their own. */
const CONTEXTS_OF: Partial<Readonly<Record<PageKind, KeyContext>>> = {
  containers: 'containers',
  log: 'log',
  bisect: 'bisect',
};

/** Which keys hold now. */
export function contextOf({ page, pane }: Pick<State, 'page' | 'pane'>): KeyContext {
  if (page?.changes !== undefined) return page.changes.form === undefined ? 'changes' : 'commit';
  if (page !== undefined) return CONTEXTS_OF[page.kind] ?? 'page';
  return ({ layers: 'layers', beside: 'layers', files: 'files', details: 'text', image: 'text' } as const)[
    pane
  ];
}
