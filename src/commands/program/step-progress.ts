import { monotonic } from '../../io/monotonic.js';
import { formatPercent } from '../../report/bytes.js';
import type { Progress } from './progress.js';

/** Milliseconds between two words on how far the work is. */
const INTERVAL = 100;

/** Returns a progress that tells in a few words what is done and how far it is; raw text. */
export function stepProgress(tell: (text: string) => void): Progress {
  let [text, done, toldAt] = ['', 0, 0];
  let total: number | undefined;
  const told = (): void => {
    toldAt = monotonic();
    tell(
      total === undefined || total === 0 ? text : `${text} ${formatPercent(Math.min(done, total), total)}`,
    );
  };
  const advance = (bytes: number): void => {
    done += bytes;
    if (monotonic() - toldAt >= INTERVAL) told();
  };
  return {
    begin(bytes, label) {
      [total, text, done] = [bytes, label, 0];
      told();
    },
    advance,
    label(label) {
      text = label;
      told();
    },
    part: () => ({ advance, end: () => undefined }),
    clear: () => undefined,
    end: () => undefined,
  };
}
