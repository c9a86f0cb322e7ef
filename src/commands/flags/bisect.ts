import { boolean, string } from '@oclif/core/flags';
import type { Image } from '../../model/image.js';
import { fail } from '../../model/error.js';
import { parseLayer } from './layer-number.js';
import { SANDBOX_FLAGS } from './run.js';

/** The flags of `bisect`. */
export const BISECT_FLAGS = {
  good: string({ helpValue: 'N', summary: 'Snapshot where the command is known to succeed. Default: @1.' }),
  bad: string({ helpValue: 'N', summary: 'Snapshot where it is known to fail. Default: the top one.' }),
  from: string({
    helpValue: 'N',
    summary: 'Snapshot to search from, whatever it says there. Default: @1.',
    exclusive: ['good', 'bad'],
  }),
  script: string({
    helpValue: 'FILE',
    summary:
      'Run a script of this machine, by its #! line or with /bin/sh; what follows -- are its arguments.',
  }),
  timeout: string({ helpValue: 'TIME', summary: 'Count a command as bad that runs longer: 30s, 5m.' }),
  all: boolean({
    default: false,
    summary: 'Run it in every snapshot, and find every layer that changes the result.',
  }),
  verbose: boolean({ default: false, summary: 'Show what the command writes.' }),
  ...SANDBOX_FLAGS,
};

/** Between which snapshots is searched, and what is expected of its ends. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly good: number | undefined;
  readonly bad: number | undefined;
}

/** Returns the range that the flags say, up to snapshot `top`. Throws E_USAGE, E_SNAPSHOT_RANGE. */
export function parseRange(
  flags: {
    readonly good?: string | undefined;
    readonly bad?: string | undefined;
    readonly from?: string | undefined;
  },
  image: Pick<Image, 'layers'>,
  top: number,
): Range {
  const layers = { layers: image.layers.slice(0, top) };
  const numberOf = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseLayer(text.replace(/^@/, ''), layers);
  const [good, bad] = [numberOf(flags.good), numberOf(flags.bad)];
  if (top < 2)
    fail(
      'E_USAGE',
      `bisecting ${top === 0 ? 'a snapshot without layers' : 'one layer'}: there is nothing to search between`,
    );
  if (good !== undefined && good === bad)
    fail('E_USAGE', `bisecting: snapshot @${String(good)} cannot be good and bad`);
  const from = numberOf(flags.from) ?? 1;
  if (from === top) fail('E_USAGE', `bisecting: snapshot @${String(top)} is both ends of what is searched`);
  const otherEnd = (end: number, usual: number): number => (end === usual ? top + 1 - usual : usual);
  const [a, b] =
    good === undefined
      ? bad === undefined
        ? [from, top]
        : [otherEnd(bad, 1), bad]
      : [good, bad ?? otherEnd(good, top)];
  return { low: Math.min(a, b), high: Math.max(a, b), good, bad };
}
