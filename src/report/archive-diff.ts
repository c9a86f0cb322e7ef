import type { ArchiveDifference, ChangedMember } from '../layers/contents/archive-difference.js';
import type { ArchiveMember } from '../layers/contents/archive-member.js';
import { formatBytes, plural } from './bytes.js';
import { cappedJson, cappedLines } from './capped.js';
import type { Palette } from './colour.js';
import { diffJson, diffLines } from './content-diff.js';
import { escapeForTerminal } from './escape.js';
import { namedJson, nameJson } from './json.js';

export interface BinaryFormat {
  readonly palette: Palette;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
}

const SIDES = ['before', 'after'] as const;

/** Yields what came, went and changed within an archive, or how the only content of compressed files differs. */
export function* archiveLines(difference: ArchiveDifference, format: BinaryFormat): Generator<string> {
  const { palette, exact } = format;
  const { formats, counts, added, removed, changed, retimed, byChecksum, onlyTimes, stopped, inner } =
    difference;
  if (formats[0] !== formats[1]) yield `${formats[0]} before, ${formats[1]} after`;
  for (const [i, note] of stopped.entries())
    if (note !== undefined)
      yield palette.warning(
        `not all of the archive ${SIDES[i]} was read: ${escapeForTerminal(note)}; ${plural(counts[i], 'member')} listed`,
      );
  if (onlyTimes) {
    yield palette.dim(
      'the contents inside are the same; only times, order, comments or the compression differ',
    );
    return;
  }
  if (inner !== undefined) {
    yield palette.dim('inside:');
    yield* diffLines(inner, { before: 'before', after: 'after' }, palette);
    return;
  }
  const named = (member: ArchiveMember): string => `${nameOf(member)}  ${sizeOf(member, exact)}`;
  yield* cappedLines('member', removed, '-', named, palette.removed, palette);
  yield* cappedLines('member', added, '+', named, palette.added, palette);
  yield* cappedLines('member', changed, '~', (each) => changeText(each, exact), palette.changed, palette);
  if (retimed > 0) yield palette.dim(`${plural(retimed, 'member')} the same but for the time`);
  if (byChecksum > 0)
    yield palette.warning(
      `${plural(byChecksum, 'member')} not read: compared by the checksum the archive states`,
    );
}

function changeText({ before, after, facets }: ChangedMember, exact: boolean): string {
  const sizes =
    before.size === after.size
      ? sizeOf(after, exact)
      : `${sizeOf(before, exact)} before, ${sizeOf(after, exact)} after`;
  return `${nameOf(after)}  ${facets.join(', ')}  ${sizes}`;
}

function nameOf({ path }: ArchiveMember): string {
  return path === '' ? 'the content' : escapeForTerminal(path);
}

function sizeOf({ kind, size }: ArchiveMember, exact: boolean): string {
  return kind === 'file' ? formatBytes(size, exact) : kind;
}

/** Returns the difference of two archives for JSON. */
export function archiveJson(difference: ArchiveDifference): object {
  const { formats, counts, added, removed, changed, retimed, byChecksum, onlyTimes, stopped, inner } =
    difference;
  const member = (each: ArchiveMember): object => namedJson(each.path, { kind: each.kind, size: each.size });
  return {
    formats: { before: formats[0], after: formats[1] },
    members: { before: counts[0], after: counts[1] },
    added: cappedJson(added, member),
    removed: cappedJson(removed, member),
    changed: cappedJson(changed, ({ path, before, after, facets }) => ({
      ...nameJson(path),
      facets,
      before: { kind: before.kind, size: before.size },
      after: { kind: after.kind, size: after.size },
    })),
    retimed,
    byChecksum,
    onlyTimes,
    stopped: { before: stopped[0] ?? null, after: stopped[1] ?? null },
    inner: inner === undefined ? null : diffJson(inner, { encodings: true }),
  };
}
