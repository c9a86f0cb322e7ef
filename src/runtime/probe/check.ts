/** `missing` is what is to be installed; `warning` is what makes less possible. */
export type Health = 'ok' | 'warning' | 'missing';

/** What was found of one thing that running containers needs. */
export interface Check {
  readonly name: string;
  readonly health: Health;
  readonly value: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The package of Debian that brings it. */
  readonly package?: string;
}

/** Returns a check that is well, or the warning that it is not, with what to do about it. */
export function checked(name: string, value: string, wrong?: string, hint?: string): Check {
  if (wrong === undefined) return { name, health: 'ok', value };
  return { name, health: 'warning', value: wrong, ...(hint === undefined ? {} : { hint }) };
}
