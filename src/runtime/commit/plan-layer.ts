import type { Union } from '../../layers/union/union.js';
import { childrenOf } from '../../layers/union/walk.js';
import { WHITEOUT } from '../../layers/write/whiteout-header.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { encodeName } from '../../model/name.js';
import { basename, dirname } from '../../model/path.js';
import { changesOf } from '../changes/changes-of.js';
import type { ContainerChange } from '../changes/container-change.js';
import type { UpperEntry } from '../upper/upper-entry.js';
import { compileFilter, type FilterOptions } from './path-filter.js';
import { type Unheld, unheldXattrs } from './unheld.js';

export interface PlanOptions extends FilterOptions {
  readonly limits: Pick<Limits, 'layerBytes' | 'name'>;
  readonly signal?: AbortSignal | undefined;
}

/** What a layer will hold. */
export interface LayerPlan {
  readonly upper: Iterable<UpperEntry>;
  /** Paths that get an entry, in the order of the walk; directories above them come by themselves. */
  readonly paths: readonly string[];
  /** By directory the names in it that go, or that all goes which the layers below have there. */
  readonly removed: ReadonlyMap<string, readonly string[] | 'everything'>;
  /** Bytes of content, hard links counted once for each name. */
  readonly contentBytes: number;
  /** What of these paths goes into no layer. */
  readonly unheld: readonly Unheld[];
}

/** The marker of an opaque directory (OCI image-spec 1.1 layer.md). */
export const OPAQUE = '.wh..wh..opq';

/**
 * Decides what the layer of a container holds, on top of snapshot `n`: what differs and passes the filter. Returns
 * undefined when that is nothing. Throws E_COMMIT for a name that layers give another meaning, E_LIMIT over
 * `limits.layerBytes`, and what `changesOf` throws.
 */
export async function planLayer(
  union: Union,
  n: number,
  upper: Iterable<UpperEntry>,
  options: PlanOptions,
): Promise<LayerPlan | undefined> {
  const changes = await changesOf(union, n, upper, options);
  return planOf(union, n, upper, changes.filter(compileFilter(options)), options.limits);
}

/** The same for changes that are known, and all go into the layer. */
export function planOf(
  union: Union,
  n: number,
  upper: Iterable<UpperEntry>,
  changes: readonly ContainerChange[],
  limits: PlanOptions['limits'],
): LayerPlan | undefined {
  const paths: string[] = [];
  const gone = new Map<string, ContainerChange[]>();
  const unheld: Unheld[] = [];
  let contentBytes = 0;
  for (const change of changes) {
    if (change.after !== undefined) {
      checkName(change.path);
      paths.push(change.path);
      for (const one of unheldXattrs(change.path, change.after.xattrs)) unheld.push(one);
      contentBytes += change.after.size;
    } else if (change.removedBy !== 'replaced') {
      const directory = dirname(change.path);
      const here = gone.get(directory);
      if (here === undefined) gone.set(directory, [change]);
      else here.push(change);
    }
  }
  if (contentBytes > limits.layerBytes)
    fail(
      'E_LIMIT',
      `committing the container: its changes have ${String(contentBytes)} bytes, over the limit of ${String(limits.layerBytes)}`,
      { hint: 'leave files out with --exclude, or raise it with --limit layerBytes=BYTES' },
    );
  if (paths.length === 0 && gone.size === 0) return undefined;
  const removed = new Map(
    [...gone].map(([directory, here]) => [directory, removals(union, n, here, limits.name)] as const),
  );
  return { upper, paths, removed, contentBytes, unheld };
}

/**
 * An opaque marker stands for the whiteouts of all children, never for fewer: so it says no more than they would, and
 * what the container has in the directory is equal to nothing of the snapshot.
 */
function removals(
  union: Union,
  n: number,
  here: readonly ContainerChange[],
  longest: number,
): readonly string[] | 'everything' {
  const parent = union.paths.parent[here[0].before?.node ?? 0];
  if (here.every(({ removedBy }) => removedBy === 'opaque')) {
    let children = 0;
    for (const child of childrenOf(union, n, parent)) if (child.node >= 0) children++;
    if (children === here.length) return 'everything';
  }
  return here.map(({ path }) => {
    const name = basename(path);
    if (WHITEOUT.length + encodeName(name).length > longest)
      fail('E_COMMIT', `committing the removed ${path}: its name is too long for a whiteout`);
    return name;
  });
}

/** docker's exporter writes such a name all the same, and who reads the layer loses a file. */
function checkName(path: string): void {
  if (path.includes(`/${WHITEOUT}`))
    fail('E_COMMIT', `committing ${path}: a name that begins with .wh. means a deletion in a layer`, {
      hint: 'rename it, or leave it out with --exclude',
    });
}
