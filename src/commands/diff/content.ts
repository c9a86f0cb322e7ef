import { describeDifference, type BinaryDetail } from '../../layers/contents/binary-diff.js';
import { isConfigFile } from '../../layers/contents/config-file.js';
import { diffContents, type ContentDiff, type Hunk } from '../../layers/contents/content-diff.js';
import { type Difference, differsInContent } from '../../layers/compare/diff.js';
import { binaryLines } from '../../report/binary-diff.js';
import { binaryJson } from '../../report/binary-diff-json.js';
import { type DiffLabels, diffJson, diffLines } from '../../report/content-diff.js';
import { escapeForTerminal } from '../../report/escape.js';
import { sideBySideLines } from '../../report/side-by-side.js';
import { wordDiffLines } from '../../report/word-diff.js';
import type { Compared } from './compared.js';
import { contentPairs, type ContentPair } from './content-pairs.js';
import type { Context } from '../program/context.js';
import { instructionsOf } from '../file/layer-instructions.js';
import { stopIfAborted } from '../program/failure.js';
import type { Sides } from './sides.js';

/** How contents are shown. */
export interface ContentLook {
  /** Unchanged lines round a change. */
  readonly context: number;
  /** Texts of more bytes are not compared line by line. */
  readonly maxBytes: number;
  readonly sideBySide: boolean;
  /** Undefined: in configuration files. */
  readonly words: boolean | undefined;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
}

/** Bytes of a program or an archive up to which it is looked into, whatever the limit for texts. */
const MAX_BINARY = 64 * 1024 * 1024;
/** Columns where standard output is no terminal. */
const WIDTH = 160;

/** How two contents differ; `detail` where both are there and are no text. */
interface Shown {
  readonly diff: ContentDiff;
  readonly detail: BinaryDetail | undefined;
}

async function compare(pair: ContentPair, look: ContentLook): Promise<Shown> {
  const { before, after, difference, tooLarge } = pair;
  if (tooLarge) {
    const sizes = [difference.before?.size, difference.after?.size] as const;
    const note = `stopped at cap: ${String(Math.max(sizes[0] ?? 0, sizes[1] ?? 0))} bytes are more than ${String(readMost(look))}`;
    return { diff: { kind: 'capped', sizes, firstDifference: 0, note }, detail: undefined };
  }
  const { context, maxBytes } = look;
  const diff = diffContents(before, after, { context, maxBytes });
  const isBinary = diff.kind === 'binary' || (diff.kind === 'capped' && [before, after].some(hasNul));
  const both = before !== undefined && after !== undefined;
  return { diff, detail: isBinary && both ? await describeDifference(before, after) : undefined };
}

function readMost({ maxBytes }: ContentLook): number {
  return Math.max(maxBytes, MAX_BINARY);
}

/** Bytes that tell whether a content too large to compare is text, as git and GNU diff look. */
const PEEK = 8192;

function hasNul(bytes: Uint8Array | undefined): boolean {
  return bytes?.subarray(0, PEEK).includes(0) === true;
}

/** Yields the differences with the JSON of how their contents differ, where they do. */
export async function* contentJson(
  context: Context,
  sides: Sides,
  found: readonly Difference[],
  look: ContentLook,
): AsyncGenerator<{ difference: Difference; json: object | undefined }> {
  for await (const pair of contentPairs(context, sides, found, readMost(look))) {
    const { difference } = pair;
    if (!differsInContent(difference)) yield { difference, json: undefined };
    else {
      const { diff, detail } = await compare(pair, look);
      yield {
        difference,
        json: detail === undefined ? diffJson(diff, { encodings: true }) : binaryJson(detail),
      };
    }
  }
}

/** Writes how the contents differ, one difference after another, under who made it. */
export async function printContents(
  context: Context,
  { sides, culpritOf }: Compared,
  shown: readonly Difference[],
  look: ContentLook,
): Promise<void> {
  const { output, terminal, signal } = context;
  const { palette } = terminal.stdout;
  const steps = { before: instructionsOf(sides.before.image), after: instructionsOf(sides.after.image) };
  const files = shown.filter(differsInContent);
  for await (const pair of contentPairs(context, sides, files, readMost(look))) {
    stopIfAborted(signal);
    const { difference } = pair;
    const { side, layer } = culpritOf(difference);
    const title = palette.heading(escapeForTerminal(difference.path));
    const instruction = escapeForTerminal(steps[side](layer));
    await output.lines(['', `${title}  ${palette.dim(`layer ${String(layer)}  ${instruction}`)}`]);
    const { diff, detail } = await compare(pair, look);
    if (detail !== undefined) await output.lines(binaryLines(detail, { palette, exact: look.exact }));
    else {
      const labels = labelsOf(difference);
      await output.lines(diffLines(diff, labels, palette, hunkLines(context, difference, labels, look)));
    }
  }
}

function labelsOf({ before, after }: Difference): DiffLabels {
  return {
    before: before === undefined ? undefined : `${before.path}@${String(before.layer)}`,
    after: after === undefined ? undefined : `${after.path}@${String(after.layer)}`,
  };
}

/** The form of the hunks: two columns, words, or undefined for a unified diff. */
function hunkLines(
  { terminal }: Context,
  { kind, path }: Difference,
  labels: DiffLabels,
  look: ContentLook,
): ((hunks: readonly Hunk[]) => Iterable<string>) | undefined {
  const { palette, width = WIDTH } = terminal.stdout;
  if (look.sideBySide)
    return (hunks) => sideBySideLines(hunks, labels, { palette, width, ellipsis: terminal.ellipsis });
  const words = look.words ?? (kind === 'modified' && isConfigFile(path));
  return words ? (hunks) => wordDiffLines(hunks, labels, palette) : undefined;
}
