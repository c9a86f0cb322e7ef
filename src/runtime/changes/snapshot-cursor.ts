import { nodeNameBytes } from './node-name.js';
import type { Union } from '../../layers/union/union.js';
import { basename } from '../../model/path.js';
import { encodeName } from '../../model/name.js';

/** Where an entry of the container is in the union. */
export interface Place {
  /** -1 when no layer has the path, or the snapshot has no directory above it. */
  readonly node: number;
  /** An opaque directory at or above its own hides it already. */
  readonly hidden: boolean;
}

/** Goes along the union's tree as the walk of an upper directory goes along its own: both are in the order of bytes. */
export interface SnapshotCursor {
  /** Leaves directories up to `parent` and returns the place of `path` in it; `parent` is undefined for the root. */
  enter(parent: string | undefined, path: string): Place;
  /** Goes into a directory; `node` is -1 when the snapshot has none there. */
  down(path: string, node: number, opaque: boolean): void;
  /** Leaves all directories. */
  end(): void;
}

interface Frame {
  readonly path: string;
  readonly node: number;
  readonly opaque: boolean;
  /** Position in the union's children of what was not passed yet. */
  next: number;
}

/** `onHidden` is told of each node that an opaque directory hides, and that the container has nothing in place of. */
export function createSnapshotCursor(union: Union, onHidden: (node: number) => void): SnapshotCursor {
  const stack: Frame[] = [];
  const endOf = ({ node }: Frame): number => (node < 0 ? 0 : union.childStart[node + 1]);
  const leave = (): void => {
    const frame = stack.pop();
    if (frame?.opaque === true) for (; frame.next < endOf(frame); frame.next++) hide(frame);
  };
  const hide = (frame: Frame): void => {
    onHidden(union.children[frame.next]);
  };
  return {
    enter(parent, path) {
      if (parent === undefined) return { node: 0, hidden: false };
      while (stack.length > 0 && stack[stack.length - 1].path !== parent) leave();
      const frame = stack.at(-1);
      if (frame === undefined) return { node: -1, hidden: false };
      const name = encodeName(basename(path));
      for (; frame.next < endOf(frame); frame.next++) {
        const child = union.children[frame.next];
        const order = Buffer.compare(nodeNameBytes(union.paths, child), name);
        if (order > 0) break;
        if (order === 0) {
          frame.next++;
          return { node: child, hidden: frame.opaque };
        }
        if (frame.opaque) hide(frame);
      }
      return { node: -1, hidden: frame.opaque };
    },
    down(path, node, opaque) {
      const hidden = opaque || stack.at(-1)?.opaque === true;
      stack.push({ path, node, opaque: hidden, next: node < 0 ? 0 : union.childStart[node] });
    },
    end() {
      while (stack.length > 0) leave();
    },
  };
}
