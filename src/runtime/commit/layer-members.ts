import { createBreather } from '../../io/breathe.js';
import { TAR_END, tarHeader, tarPadding } from '../../io/tar/write.js';
import type { FileKind } from '../../model/entry.js';
import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { isBelow, joinPath } from '../../model/path.js';
import { upperContent } from '../upper/upper-content.js';
import type { UpperEntry } from '../upper/upper-entry.js';
import { WHITEOUT, whiteoutHeader } from '../../layers/write/whiteout-header.js';
import { type LayerPlan, OPAQUE } from './plan-layer.js';
import { heldXattrs } from './unheld.js';

export interface MemberOptions {
  /** Times later than this (seconds since 1970) become this: SOURCE_DATE_EPOCH (reproducible-builds.org). */
  readonly sourceDateEpoch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes of content. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** What was written. */
export interface MemberCounts {
  members: number;
  contentBytes: number;
}

/**
 * Yields the tar of a planned layer: directories before what is in them, with all their parents, so that each time and
 * owner is stated; whiteouts first in their directory; hard links behind the first of their names that is written. Same
 * upper directory, same bytes. Throws E_COMMIT when the upper directory is not as it was when it was planned.
 */
export async function* layerMembers(
  plan: LayerPlan,
  counts: MemberCounts,
  options: MemberOptions,
): AsyncGenerator<Uint8Array, void> {
  const breathe = createBreather(options.signal);
  /** Directories down to the entry, and whether they are written. */
  const above: { readonly entry: UpperEntry; written: boolean }[] = [];
  /** What was written of an inode of several names, by its first path. */
  const linked = new Map<string, string>();
  let next = 0;

  function* header(entry: UpperEntry): Generator<Uint8Array> {
    for (const directory of above)
      if (!directory.written && directory.entry !== entry) {
        directory.written = true;
        yield member(directory.entry, 'directory');
        yield* whiteouts(directory.entry.path);
      }
    const target = entry.links > 1 ? linked.get(entry.hardLink ?? entry.path) : undefined;
    if (entry.links > 1 && target === undefined) linked.set(entry.hardLink ?? entry.path, entry.path);
    yield target === undefined
      ? member(entry, entry.kind as FileKind)
      : member(entry, 'hardlink', nameOf(target));
    if (entry.kind === 'directory') yield* whiteouts(entry.path);
  }

  function* whiteouts(directory: string): Generator<Uint8Array> {
    const gone = plan.removed.get(directory);
    if (gone === undefined) return;
    const names = gone === 'everything' ? [OPAQUE] : gone.map((name) => WHITEOUT + name);
    for (const name of names) {
      counts.members++;
      yield whiteoutHeader(nameOf(joinPath(directory, name)));
    }
  }

  const member = (entry: UpperEntry, kind: FileKind | 'hardlink', target?: Uint8Array): Uint8Array => {
    counts.members++;
    return memberHeader(entry, kind, target, options.sourceDateEpoch);
  };

  for (const entry of plan.upper) {
    while (above.length > 0 && !isBelow(entry.path, above[above.length - 1].entry.path)) above.pop();
    const chosen = next < plan.paths.length && plan.paths[next] === entry.path;
    if (chosen) next++;
    if (entry.kind === 'whiteout') {
      if (chosen) failChanged(entry.path);
      continue;
    }
    if (entry.kind === 'directory') {
      const written = chosen || plan.removed.has(entry.path);
      above.push({ entry, written });
      if (written) yield* header(entry);
    } else if (chosen) {
      const isLink = entry.links > 1 && linked.has(entry.hardLink ?? entry.path);
      yield* header(entry);
      if (entry.kind === 'file' && !isLink) yield* content(entry);
    }
    const pause = breathe(0);
    if (pause !== undefined) await pause;
  }
  if (next < plan.paths.length) failChanged(plan.paths[next]);
  yield TAR_END;

  async function* content(entry: UpperEntry): AsyncGenerator<Uint8Array> {
    for (const chunk of upperContent(entry)) {
      counts.contentBytes += chunk.length;
      options.onBytes?.(chunk.length);
      yield chunk;
      const pause = breathe(chunk.length);
      if (pause !== undefined) await pause;
    }
    yield tarPadding(entry.size);
  }
}

const SECOND = 1_000_000_000n;

function memberHeader(
  entry: UpperEntry,
  kind: FileKind | 'hardlink',
  target: Uint8Array | undefined,
  epoch: number | undefined,
): Uint8Array {
  const rest = ((entry.mtime % SECOND) + SECOND) % SECOND;
  const seconds = Number((entry.mtime - rest) / SECOND);
  const clamped = epoch !== undefined && seconds >= epoch;
  return tarHeader({
    kind,
    name: nameOf(entry.path, entry.kind === 'directory'),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: kind === 'file' ? entry.size : 0,
    mtimeSeconds: clamped ? epoch : seconds,
    mtimeNanoseconds: clamped ? 0 : Number(rest),
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
    ...(kind === 'symlink' ? { linkName: encodeName(entry.link) } : {}),
    ...(target === undefined ? {} : { linkName: target }),
    xattrs: kind === 'hardlink' ? undefined : heldXattrs(entry.xattrs),
  });
}

/** As docker has them: `etc/`, `etc/hosts`; the root is `./`. */
function nameOf(path: string, directory = false): Uint8Array {
  const name = path.slice(1);
  return encodeName(directory ? (name === '' ? './' : `${name}/`) : name);
}

function failChanged(path: string): never {
  return fail('E_COMMIT', `committing ${path}: it changed meanwhile`, { hint: 'pause the container first' });
}
