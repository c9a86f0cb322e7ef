/** The first items of a list, and how many more there were. */
export interface Capped<T> {
  readonly items: readonly T[];
  readonly more: number;
}

/** Returns the list cut to `most` items. */
export function capped<T>(list: readonly T[], most: number): Capped<T> {
  return { items: list.slice(0, most), more: Math.max(0, list.length - most) };
}
