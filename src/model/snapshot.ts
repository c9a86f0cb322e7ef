import { shortDigest } from './digest.js';
import { fail } from './error.js';
import type { Layer } from './image.js';

/** Which layer's snapshot is meant: the file system after it. */
export type SnapshotSelector =
  /** 1 is the base; -1 is the top. */
  | { readonly kind: 'number'; readonly number: number }
  /** `sha256:` or `sha512:` and the first hex digits of a layer's blob digest or diffID. */
  | { readonly kind: 'digest'; readonly prefix: string };

/**
 * A final `@` with a number or a digest prefix. Directly after a colon it would be a source index (`app.tar:@1`,
 * containers-transports(5)), so there it is not.
 */
const SUFFIX = /^(.*[^:])@(-?[0-9]{1,9}|sha256:[0-9a-f]{1,64}|sha512:[0-9a-f]{1,128})$/s;

export interface SplitSnapshot {
  readonly image: string;
  readonly snapshot: SnapshotSelector;
}

/** Returns the text without its snapshot suffix, and that; undefined when it has none. */
export function splitSnapshot(text: string): SplitSnapshot | undefined {
  const match = SUFFIX.exec(text);
  if (match === null) return undefined;
  const suffix = match[2];
  const snapshot: SnapshotSelector = suffix.startsWith('sha')
    ? { kind: 'digest', prefix: suffix }
    : { kind: 'number', number: Number(suffix) };
  return { image: match[1], snapshot };
}

/**
 * Returns the number of the layer that is meant, from 0, the empty file system that a build begins with, to the number of
 * layers; without a selector the top one, which is 0 for an image without layers. Throws E_SNAPSHOT_RANGE, or E_AMBIGUOUS
 * when a digest prefix fits several layers.
 */
export function resolveSnapshot(
  layers: readonly Pick<Layer, 'digest' | 'diffID'>[],
  selector: SnapshotSelector | undefined,
): number {
  const count = layers.length;
  if (selector === undefined) return count;
  const outOfRange = (asked: string): never =>
    fail('E_SNAPSHOT_RANGE', `choosing snapshot @${asked}: ${describeRange(count)}`, {
      hint:
        count === 0
          ? 'leave the @ out, or write @0, to see the empty file system'
          : `write @1 for the base to @${count} for the whole image, or @-1 from the top`,
    });
  if (selector.kind === 'number') {
    const position = selector.number < 0 ? count + 1 + selector.number : selector.number;
    return position >= (selector.number === 0 ? 0 : 1) && position <= count
      ? position
      : outOfRange(String(selector.number));
  }
  const { prefix } = selector;
  const fitting: number[] = [];
  layers.forEach((layer, index) => {
    if (layer.digest?.startsWith(prefix) === true || layer.diffID?.startsWith(prefix) === true)
      fitting.push(index + 1);
  });
  if (fitting.length > 1)
    fail('E_AMBIGUOUS', `choosing snapshot @${prefix}: layers ${fitting.join(', ')} begin with it`, {
      hint: 'write more digits, or the number of the layer',
    });
  return fitting.length === 1 ? fitting[0] : outOfRange(`${prefix} (${listDigests(layers)})`);
}

function describeRange(count: number): string {
  if (count === 0) return 'the image has no layers';
  return count === 1 ? 'the image has one layer, 1' : `the image has layers 1 to ${count}`;
}

/** How many digests an error message lists. */
const LISTED = 12;

function listDigests(layers: readonly Pick<Layer, 'digest' | 'diffID'>[]): string {
  const listed = layers.slice(0, LISTED).map((layer, index) => {
    const digest = layer.digest ?? layer.diffID;
    return `${index + 1}: ${digest === undefined ? 'no digest' : shortDigest(digest)}`;
  });
  return layers.length > LISTED ? `${listed.join(', ')}, …` : listed.join(', ');
}
