import { boolean } from '@oclif/core/flags';
import { blame, type BlameStep } from '../layers/changes/blame.js';
import { type ContentDiff, diffContents } from '../layers/contents/content-diff.js';
import { historyOf, type Step } from '../layers/history/history.js';
import { nodePath } from '../layers/index/path-table.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import { anomaliesJson } from '../report/anomalies.js';
import { blameLines } from '../report/blame.js';
import { diffJson, diffLines } from '../report/content-diff.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { instructionLine } from '../report/instruction.js';
import { nameJson } from '../report/json.js';
import { pathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { readable, readHead } from './file/contents.js';
import type { Context } from './program/context.js';
import { bytesFlag } from './flags/flags.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { typedNode } from './flags/typed-path.js';

/** Bytes of either side beyond which contents are not compared. */
const DIFF_BYTES = 8 * 1024 * 1024;

/** A step with what it did to the content, where that was asked for and it did something. */
interface Told {
  readonly step: BlameStep;
  readonly history: Step | undefined;
  readonly diff: ContentDiff | undefined;
}

export default class Blame extends StrataCommand {
  static override readonly summary =
    'Tell the life of a path: which layer added, changed or removed it, and how.';
  static override readonly description = [
    'Oldest first, up to the snapshot; also for files and directories that are gone.',
    '--diff shows how the content differs from the version before.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'Who changed a file, and what',
      command: '<%= config.bin %> <%= command.id %> demo.tar /app/config.json --diff',
    },
    {
      description: 'When a file went',
      command: '<%= config.bin %> <%= command.id %> demo.tar /root/.deploy/token',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> <%= command.id %> demo.tar /etc/passwd --json',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: pathArgument() };
  static override readonly flags = {
    diff: boolean({ char: 'p', summary: 'Show how the content differs from the version before.' }),
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Blame);
    const opened = await openSnapshot(context, args.image);
    try {
      const { union, n, image } = opened;
      const node = typedNode(union, n, args.path, args.image);
      const path = nodePath(union.paths, node);
      const steps = new Map<number | undefined, Step>(historyOf(image).map((step) => [step.layer, step]));
      const told: Told[] = [];
      for (const step of blame(union, node, n))
        told.push({
          step,
          history: steps.get(step.layer),
          diff: flags.diff ? await difference(context, opened, step) : undefined,
        });
      if (!context.json) await context.output.lines(lines(path, told, context, flags.bytes));
      this.settleBriefly(opened.anomalies, args.image);
      return {
        image: imageJson(image),
        snapshot: n,
        ...nameJson(path),
        steps: told.map(toldJson),
        anomalies: anomaliesJson(opened.anomalies),
      };
    } finally {
      await opened.close();
    }
  }
}

/** What the step changed of the content; undefined where there is none before or after, or it stayed the same. */
async function difference(
  context: Context,
  opened: OpenedSnapshot,
  { before, file, facets }: BlameStep,
): Promise<ContentDiff | undefined> {
  if (before?.kind !== 'file' || file?.kind !== 'file' || !facets.includes('content')) return undefined;
  const largest = Math.max(before.size, file.size);
  if (largest > DIFF_BYTES)
    return {
      kind: 'capped',
      sizes: [before.size, file.size],
      firstDifference: 0,
      note: `not compared: ${String(largest)} bytes are more than ${String(DIFF_BYTES)}`,
    };
  const read = (version: SnapshotFile): Promise<Uint8Array> =>
    readHead(context, opened, readable(version, 'comparing'), DIFF_BYTES);
  return diffContents(await read(before), await read(file));
}

function* lines(path: string, told: readonly Told[], context: Context, exact: boolean): Generator<string> {
  const { terminal } = context;
  const { palette, width } = terminal.stdout;
  const steps = told.map(({ step, history }) => ({ step, instruction: instructionLine(history) }));
  yield* blameLines(steps, { palette, exact, width, ellipsis: terminal.ellipsis });
  let last = 0;
  for (const { step, diff } of told) {
    if (diff !== undefined) {
      yield '';
      yield* diffLines(diff, { before: `${path}@${last}`, after: `${path}@${step.layer}` }, palette);
    }
    last = step.layer;
  }
}

function toldJson({ step, history, diff }: Told): object {
  const { layer, kind, facets, file, by } = step;
  return {
    layer,
    kind,
    facets,
    ...(by === undefined ? {} : { by: { how: by.how, ...nameJson(by.path) } }),
    file: file === undefined ? null : fileJson(file),
    instruction: history === undefined ? null : history.instruction.text,
    created: history?.created ?? null,
    ...(diff === undefined ? {} : { diff: diffJson(diff) }),
  };
}
