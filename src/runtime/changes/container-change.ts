import type { ChangeKind } from '../../layers/changes/changes.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { UpperEntry } from '../upper/upper-entry.js';

/** How one path of a container differs from the snapshot it was started from. */
export interface ContainerChange {
  readonly path: string;
  readonly kind: ChangeKind;
  /** Mask of layers/facets; 0 for added and removed. */
  readonly facets: number;
  /** What the snapshot has there. */
  readonly before: SnapshotFile | undefined;
  /** What the container has there. */
  readonly after: UpperEntry | undefined;
  /** For what is removed: by name, with all that was in its directory, or because that is no directory any more. */
  readonly removedBy: 'name' | 'opaque' | 'replaced' | undefined;
}

/** Returns the letter that `docker diff` has for it. */
export function changeLetter({ kind }: Pick<ContainerChange, 'kind'>): 'A' | 'C' | 'D' {
  switch (kind) {
    case 'added':
      return 'A';
    case 'removed':
      return 'D';
    case 'modified':
      return 'C';
  }
}

/** Returns the bytes of its content: those that are there now, of what is gone those that were. */
export function changeBytes({ before, after }: ContainerChange): number {
  const file = after ?? before;
  return file?.kind === 'file' ? file.size : 0;
}
