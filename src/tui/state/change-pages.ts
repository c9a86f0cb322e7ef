import type { Committed, LayerPreview, OpenChanges } from '../effects/step-in.js';
import type { ChangeNode } from './change-tree.js';

/** What a container changed, as a page shows it. */
export interface ChangeList {
  readonly open: OpenChanges;
  readonly nodes: readonly ChangeNode[];
  readonly folded: ReadonlySet<number>;
  readonly filter: string;
  /** Nodes that are seen, in their order. */
  readonly seen: readonly number[];
  /** Which of those has the cursor, and which is the first on the screen. */
  readonly cursor: number;
  readonly top: number;
  /** What is to be committed of it; undefined while that is not asked. */
  readonly form: CommitForm | undefined;
  /** The form that was left, to go on with. */
  readonly draft?: CommitForm | undefined;
}

/** What is to be committed, and what came of it. */
export interface CommitForm {
  /** Nodes whose change is left out. */
  readonly left: ReadonlySet<number>;
  readonly name: string;
  readonly message: string;
  readonly squash: boolean;
  readonly dropCaches: boolean;
  /** Of what is chosen now; undefined until it is known. */
  readonly preview: LayerPreview | undefined;
  /** Why it cannot be written, or was not; with what to do. */
  readonly problem: readonly string[];
  /** The name that may be taken away from another image. */
  readonly replaces: string | undefined;
  readonly writing: boolean;
  readonly done: Committed | undefined;
}
