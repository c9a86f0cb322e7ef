import type { Hunk } from '../layers/contents/content-diff.js';

/** A line of one side of a hunk. */
export interface HunkLine {
  /** From 1; undefined for the note that the line before has no line feed. */
  readonly number: number | undefined;
  /** Raw, without its sign. */
  readonly text: string;
}

/** A stretch of a hunk: lines of both sides that are equal, or those removed with those added in their place. */
export interface HunkRun {
  readonly changed: boolean;
  readonly old: readonly HunkLine[];
  readonly now: readonly HunkLine[];
}

/** Returns the runs of a hunk in order. */
export function hunkRuns(hunk: Hunk): HunkRun[] {
  const runs: { changed: boolean; old: HunkLine[]; now: HunkLine[] }[] = [];
  let [oldAt, newAt, last] = [hunk.oldStart, hunk.newStart, ' '];
  for (const line of hunk.lines) {
    const sign = line[0];
    const changed = sign === '\\' ? last !== ' ' : sign !== ' ';
    let run = runs.at(-1);
    if (run?.changed !== changed) runs.push((run = { changed, old: [], now: [] }));
    const text = sign === '\\' ? line : line.slice(1);
    const side = sign === '\\' ? last : sign;
    const numbered = sign !== '\\';
    if (side !== '+') run.old.push({ number: numbered ? oldAt++ : undefined, text });
    if (side !== '-') run.now.push({ number: numbered ? newAt++ : undefined, text });
    last = side;
  }
  return runs;
}
