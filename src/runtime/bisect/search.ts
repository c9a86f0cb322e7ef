/** What a command says of a snapshot; `skip`: it cannot tell. */
export type Verdict = 'good' | 'bad' | 'skip';

/** What a search found out. */
export type Finding =
  /** Both ends are the same: nothing changed between them, as far as they tell. */
  | { readonly kind: 'same'; readonly verdict: Verdict }
  /** An end that cannot be told. */
  | { readonly kind: 'untold'; readonly n: number }
  | Change;

/** Where the verdict changes. */
export interface Change {
  readonly kind: 'changed';
  /** The last snapshot that is as the first one. */
  readonly before: number;
  /** The first snapshot known to be as the last one; the layer of that number changed it, unless some are skipped. */
  readonly after: number;
  /** Those between them, none of which can be told. */
  readonly skipped: readonly number[];
  readonly from: Verdict;
  readonly to: Verdict;
}

/**
 * Searches snapshots `low` to `high` for one where the verdict changes: yields the number to be judged, is told the
 * verdict, and returns what it found. The ends come first. Where nothing is skipped it takes at most ceil(log2(high - low))
 * + 2 verdicts, and where the verdict changes once it finds that place; else one of them.
 */
export function* searchChange(low: number, high: number): Generator<number, Finding, Verdict> {
  const from = yield low;
  if (from === 'skip') return { kind: 'untold', n: low };
  const to = high === low ? from : yield high;
  if (to === 'skip') return { kind: 'untold', n: high };
  if (from === to) return { kind: 'same', verdict: from };
  let before = low;
  let after = high;
  const skipped = new Set<number>();
  for (
    let n = nearestMiddle(before, after, skipped);
    n !== undefined;
    n = nearestMiddle(before, after, skipped)
  ) {
    const verdict = yield n;
    if (verdict === 'skip') skipped.add(n);
    else if (verdict === from) before = n;
    else after = n;
  }
  return {
    kind: 'changed',
    before,
    after,
    skipped: [...skipped].filter((n) => n > before && n < after).sort((a, b) => a - b),
    from,
    to,
  };
}

/** Returns every place in a row of verdicts, that of snapshot `low` first, where they change; skipped ones are stepped over. */
export function allChanges(verdicts: readonly Verdict[], low: number): readonly Change[] {
  const found: Change[] = [];
  let last: { readonly n: number; readonly verdict: Verdict } | undefined;
  let skipped: number[] = [];
  for (const [i, verdict] of verdicts.entries()) {
    const n = low + i;
    if (verdict === 'skip') {
      skipped.push(n);
      continue;
    }
    if (last !== undefined && last.verdict !== verdict)
      found.push({ kind: 'changed', before: last.n, after: n, skipped, from: last.verdict, to: verdict });
    last = { n, verdict };
    skipped = [];
  }
  return found;
}

/** Returns the number between the two that is nearest to their middle and not skipped. */
function nearestMiddle(before: number, after: number, skipped: ReadonlySet<number>): number | undefined {
  const middle = Math.floor((before + after) / 2);
  for (let away = 0; away < after - before; away++)
    for (const n of [middle - away, middle + away]) if (n > before && n < after && !skipped.has(n)) return n;
  return undefined;
}
