import type { Outside } from './outside.js';

/** A letter that most names have, and one more: what V8 sees for the first time takes it two or three times as long. */
export const REHEARSED = ['e', 'es'] as const;

/** Filters for nobody once the line that is typed has been painted; no key waits for more than one of these. */
export function rehearseFilter({ rehearse }: Pick<Outside, 'rehearse'>): void {
  const next = (at: number): void => {
    if (at === REHEARSED.length) return;
    rehearse(REHEARSED[at]);
    setTimeout(next, 0, at + 1);
  };
  setTimeout(next, 0, 0);
}
