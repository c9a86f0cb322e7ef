import type { DiveNumbers } from '../layers/gate/dive.js';
import type { DiveStatus, DiveVerdict } from '../layers/gate/dive-verdict.js';
import { goBytes, goFixed } from '../layers/gate/go-numbers.js';
import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';

/**
 * Yields the lines of `dive --ci` (v0.13.1) after "Analyzing image...", word for word. Two things differ: colour is for
 * terminals only, and control characters of paths are escaped.
 */
export function* diveLines(numbers: DiveNumbers, verdict: DiveVerdict, palette: Palette): Generator<string> {
  const { efficiency, wastedBytes, userWastedPercent, inefficient } = numbers;
  yield `  efficiency: ${goFixed(efficiency * 100)} %`;
  yield `  wastedBytes: ${String(wastedBytes)} bytes (${goBytes(wastedBytes)})`;
  yield `  userWastedPercent: ${goFixed(userWastedPercent * 100)} %`;
  yield palette.emphasis('Inefficient Files:');
  yield row('Count', 'Wasted Space', 'File Path');
  const listed = verdict.misconfigured ? [] : inefficient;
  if (listed.length === 0) yield 'None';
  for (const { count, sizeBytes, path } of listed)
    yield row(String(count), goBytes(sizeBytes), escapeForTerminal(path));
  yield palette.emphasis('Results:');
  for (const { rule, status, message } of verdict.results)
    yield `  ${statusStyle(status, palette)(status)}: ${rule}${message === '' ? '' : `: ${escapeForTerminal(message)}`}`;
  yield closing(verdict, palette);
  yield '';
}

function row(count: string, space: string, path: string): string {
  return `${count.padStart(5)}  ${space.padStart(12)}  ${path}`;
}

function statusStyle(status: DiveStatus, palette: Palette): (text: string) => string {
  if (status === 'FAIL' || status === 'MISCONFIGURED') return palette.error;
  return status === 'SKIP' ? palette.note : palette.plain;
}

function closing({ passed, misconfigured, results }: DiveVerdict, palette: Palette): string {
  if (misconfigured) return palette.error('CI Misconfigured');
  const count = (status: DiveStatus): string =>
    String(results.filter((result) => result.status === status).length);
  const counts = `[Total:${String(results.length)}] [Passed:${count('PASS')}] [Failed:${count('FAIL')}] [Warn:0] [Skipped:${count('SKIP')}]`;
  return passed ? palette.added(`Result:PASS ${counts}`) : palette.error(`Result:FAIL ${counts}`);
}
