import { changedContents, type ChangedContents } from '../../runtime/changes/changed-contents.js';
import type { ContainerChange } from '../../runtime/changes/container-change.js';
import type { OpenContainer } from '../../runtime/container/open-container.js';
import { describeDifference } from '../../layers/contents/binary-diff.js';
import { diffContents } from '../../layers/contents/content-diff.js';
import { formatBytes } from '../../report/bytes.js';
import { binaryLines } from '../../report/binary-diff.js';
import { binaryJson } from '../../report/binary-diff-json.js';
import { changeJson, changeLine, type ChangeFormat } from '../../report/container-changes.js';
import { diffJson, diffLines } from '../../report/content-diff.js';
import type { JsonList } from '../../report/json.js';
import type { Context } from '../program/context.js';
import { stopIfAborted } from '../program/failure.js';

/** Files of more bytes are not looked into. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Texts of more are not compared line by line. */
const MAX_TEXT = 8 * 1024 * 1024;

/** Writes each change and, where its content differs, how: a unified diff, or a few lines on what is no text. */
export async function printDiffs(
  context: Context,
  container: OpenContainer,
  changes: readonly ContainerChange[],
  format: ChangeFormat,
): Promise<void> {
  const { palette } = format;
  for await (const contents of contentsIn(context, container, changes)) {
    const { path } = contents.change;
    await context.output.lines([changeLine(contents.change, format)]);
    const compared = await compare(contents);
    if (compared === undefined) continue;
    if ('tooLarge' in compared) {
      const size = formatBytes(compared.tooLarge, false);
      await context.output.lines([palette.note(`contents of ${size} are not compared`)]);
    } else if (compared.detail !== undefined)
      await context.output.lines(binaryLines(compared.detail, { palette, exact: false }));
    else {
      const labels = {
        before: contents.before === undefined ? undefined : `a${path}`,
        after: contents.after === undefined ? undefined : `b${path}`,
      };
      await context.output.lines(diffLines(compared.diff, labels, palette));
    }
  }
}

/** Writes the items of a list, each with how its content differs. */
export async function writeDiffItems(
  context: Context,
  container: OpenContainer,
  changes: readonly ContainerChange[],
  list: JsonList,
): Promise<void> {
  for await (const contents of contentsIn(context, container, changes)) {
    const compared = await compare(contents);
    const content =
      compared === undefined
        ? null
        : 'tooLarge' in compared
          ? { kind: 'capped', sizes: sizesOf(contents), firstDifference: null, note: 'too large to compare' }
          : compared.detail === undefined
            ? diffJson(compared.diff, { encodings: true })
            : binaryJson(compared.detail);
    await context.output.write(list.item({ ...changeJson(contents.change), content }));
  }
}

async function* contentsIn(
  { limits, signal }: Context,
  container: OpenContainer,
  changes: readonly ContainerChange[],
): AsyncGenerator<ChangedContents> {
  for await (const contents of changedContents(container, changes, { limits, signal, maxBytes: MAX_BYTES })) {
    stopIfAborted(signal);
    yield contents;
  }
}

async function compare({ contents, before, after, change }: ChangedContents) {
  if (contents === 'same') return undefined;
  if (contents === 'too-large')
    return { tooLarge: Math.max(change.before?.size ?? 0, change.after?.size ?? 0) };
  const diff = diffContents(before, after, { maxBytes: MAX_TEXT });
  if (diff.kind === 'same') return undefined;
  const isBinary = diff.kind === 'binary' && before !== undefined && after !== undefined;
  return { diff, detail: isBinary ? await describeDifference(before, after) : undefined };
}

function sizesOf({ change: { before, after } }: ChangedContents): object {
  return {
    before: before?.kind === 'file' ? before.size : null,
    after: after?.kind === 'file' ? after.size : null,
  };
}
