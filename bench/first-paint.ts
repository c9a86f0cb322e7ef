import path from 'node:path';
import { interleaved, median, type Run } from './measure.js';
import { onTerminal } from './on-terminal.js';
import { aboveRow, milliseconds, type Row } from './table.js';
import type { Strata } from './strata.js';

const DEMO = path.resolve(import.meta.dirname, '../fixtures/generated/demo.tar');
const RUN = path.resolve(import.meta.dirname, '../bin/run.js');

/** Says a word and waits for a line. */
const NODE = 'process.stdout.write("begun"); process.stdin.once("data", () => process.exit())';

/**
 * The row of the explorer's first screen: from the start of the process to its first frame, beside the first word of Node,
 * each on a terminal of its own. As after the first time: V8's code of it is kept when it is left, not when it is killed.
 */
export async function* firstPaintRows(strata: Strata, runs: number): AsyncGenerator<Row> {
  const env = { STRATA_STORE: strata.store };
  const spent: number[][] = [[], []];
  const timed =
    (at: number, until: string, end: string, ...program: readonly string[]) =>
    async (): Promise<Run> => {
      const shown = await onTerminal([process.execPath, ...program], { until: [until], end, env });
      spent[at].push(shown.cpuSeconds[0]);
      return { seconds: shown.seconds[0], peakMB: shown.peakMB };
    };
  const both = await interleaved(
    runs,
    timed(0, 'Layers', 'q', RUN, 'explore', DEMO),
    timed(1, 'begun', '\n', '-e', NODE),
  );
  const row = aboveRow(
    'first screen of `explore`; the first word of `node -e`, both on a terminal',
    both,
    0.15,
  );
  const [ours, node] = spent.map(median);
  yield { ...row, note: `${row.note ?? ''}; of processors ${milliseconds(ours - node)} above` };
}
