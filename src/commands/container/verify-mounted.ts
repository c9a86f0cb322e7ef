import { StrataError } from '../../model/error.js';
import type { MountedDifference } from '../../runtime/verify/compare-mounted.js';
import type { SnapshotChoice } from '../../runtime/snapshot/prepare.js';
import { type MountedVerification, verifyMounted } from '../../runtime/verify/verify-mounted.js';
import { plural } from '../../report/bytes.js';
import { errorJson } from '../../report/error.js';
import { imageJson } from '../../report/image.js';
import { differenceLine, differencesJson, leftOutJson, leftOutLines } from '../../report/mounted.js';
import { containerPlace } from './place.js';
import { plainToKeep } from './plain-to-keep.js';
import type { Context } from '../program/context.js';
import { openSnapshot } from '../image/open.js';

/** What the comparison is told, and how it ends. */
export interface MountedReport {
  readonly json: object;
  readonly lines: readonly string[];
  /** Undefined when what is mounted is the union. */
  readonly failure: StrataError | undefined;
}

/** Mounts the snapshot that a user named and compares it. Throws what opening and mounting it throw. */
export async function reportMounted(
  context: Context,
  name: string,
  { snapshot, content }: { readonly snapshot: SnapshotChoice; readonly content: boolean },
): Promise<MountedReport> {
  const keepPlain = await plainToKeep(context, { snapshot, kept: false });
  const opened = await openSnapshot(context, name, { keepPlain });
  const { progress, limits, signal, terminal } = context;
  try {
    const { image, n } = opened;
    const { store, run } = await containerPlace(context);
    const differences: MountedDifference[] = [];
    const verified = await verifyMounted(store, opened, {
      choice: snapshot,
      memory: run.erofs,
      limits,
      signal,
      durable: false,
      content,
      onDifference: (difference) => differences.push(difference),
      onBegin: (bytes) => {
        progress.begin(bytes, `unpacking ${image.name}`);
      },
      onBytes: (count) => {
        progress.advance(count);
      },
    });
    progress.end();
    const failure =
      differences.length === 0
        ? undefined
        : new StrataError(
            'E_DAMAGED',
            `verifying ${image.name} mounted: ${plural(differences.length, 'difference')}`,
          );
    const { palette } = terminal.stdout;
    return {
      failure,
      json: { image: imageJson(image), layer: n, ...mountedJson(verified, differences, failure) },
      lines: [
        ...differences.map((difference) => differenceLine(difference, palette)),
        ...leftOutLines(verified.left),
        `${failure === undefined ? palette.added('ok') : palette.error('damaged')}: ${plural(verified.entries, 'entry', 'entries')} of @${String(n)} compared with what is mounted (${verified.kind})`,
      ],
    };
  } finally {
    progress.end();
    await opened.close();
  }
}

function mountedJson(
  { kind, entries, left }: MountedVerification,
  differences: readonly MountedDifference[],
  failure: StrataError | undefined,
): object {
  return {
    ok: failure === undefined,
    error: failure === undefined ? null : errorJson(failure).error,
    snapshot: kind,
    entries,
    differences: differencesJson(differences),
    left: leftOutJson(left),
  };
}
