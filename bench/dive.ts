import { rm } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { benchImage } from './images.js';
import { median } from './measure.js';
import { onTerminal, type Session, type Shown } from './on-terminal.js';
import type { Strata } from './strata.js';
import { milliseconds, seconds, type Row } from './table.js';

const RUN = path.resolve(import.meta.dirname, '../bin/run.js');

/** How dive is had: a program of Go, in the folder where Go puts programs. */
const HOW = 'not installed: go install github.com/wagoodman/dive@v0.13.1';

/** Both go down in the files; dive begins in its layers. */
const DOWN = Array.from({ length: 30 }, () => '\x1b[B');

/**
 * The rows beside dive, of one docker-archive on terminals of the same size: the first screen, which dive draws when it has
 * read everything; everything read; the same when strata knows the image; a key press to its frame; memory.
 */
export async function* diveRows(strata: Strata, runs: number): AsyncGenerator<Row> {
  const { plain } = await benchImage('medium');
  const program = await divePath();
  const theirs = await several(runs, program, () =>
    onTerminal([program ?? '', `docker-archive://${plain}`], {
      until: ['Layer Contents'],
      keys: ['\t', ...DOWN],
      end: '\x03',
      env: { HOME: strata.store },
    }),
  );
  const ours = (session: Partial<Session>) => (): Promise<Shown> =>
    onTerminal([process.execPath, RUN, 'explore', plain], {
      // A blank that was there already is stepped over.
      until: ['Layers', String.raw`(?s)efficiency.*\d\.\d(?: |\x1b\[1C)%`],
      keys: ['*', ...DOWN],
      end: 'q',
      env: { STRATA_STORE: strata.store },
      ...session,
    });
  const cold = await several(runs, '', async () => {
    await rm(strata.store, { recursive: true, force: true });
    return ours({ keys: [] })();
  });
  const warm = await several(runs, '', ours({}));
  const at = (shown: readonly Shown[], i: number): number => median(shown.map((one) => one.seconds[i]));
  const row = (
    what: string,
    mine: number,
    dive: readonly number[],
    format = seconds,
    note?: string,
  ): Row => ({
    what: `${what}, medium; dive`,
    ours: format(mine),
    baseline: dive.length === 0 ? HOW : format(median(dive)),
    ratio: dive.length === 0 ? NaN : mine / median(dive),
    target: undefined,
    note,
  });
  const first = theirs.map((one) => one.seconds[0]);
  yield row('`explore`: first screen, nothing known', at(cold, 0), first);
  yield row('`explore`: everything read and judged, nothing known', at(cold, 1), first);
  yield row('`explore`: everything read and judged, known', at(warm, 1), first);
  const keys = (shown: readonly Shown[]): number[] => shown.flatMap((one) => one.keySeconds.slice(1));
  yield row(
    '`explore`: a row down in the files to its frame',
    median(keys(warm)),
    keys(theirs),
    milliseconds,
  );
  const most = (shown: readonly Shown[]): number => Math.max(...shown.map((one) => one.peakMB));
  yield row(
    '`explore`: largest resident set',
    most(cold.concat(warm)),
    theirs.length === 0 ? [] : [most(theirs)],
    (mb) => `${mb.toFixed(0)} MB`,
  );
}

/** Nothing without a program. */
async function several(
  runs: number,
  program: string | undefined,
  work: () => Promise<Shown>,
): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  if (program !== undefined) for (let i = 0; i < runs; i++) shown.push(await work());
  return shown;
}

async function divePath(): Promise<string | undefined> {
  for (const program of ['dive', path.join(process.env.GOPATH ?? path.join(homedir(), 'go'), 'bin/dive')])
    try {
      await promisify(execFile)(program, ['version']);
      return program;
    } catch {
      // Not there.
    }
  return undefined;
}
