import type { ContainerChange } from '../../runtime/changes/container-change.js';
import type { CommitChoice, Committed, LayerPreview, OpenChanges } from '../effects/step-in.js';

/** What is heard of stepping in; `id` is that of the page that asked. */
export type StepAction =
  /** What is being done, raw text; undefined: nothing any more. */
  | { readonly type: 'stepping'; readonly text: string | undefined }
  /** What a container changed: for the page that waits for it, or a new one. */
  | { readonly type: 'changes'; readonly id: number | undefined; readonly open: OpenChanges }
  /** Why what a page waits for does not come, and what to do. */
  | { readonly type: 'unread'; readonly id: number; readonly problem: readonly string[] }
  | { readonly type: 'previewed'; readonly id: number; readonly preview: LayerPreview }
  | { readonly type: 'uncommitted'; readonly id: number; readonly problem: readonly string[] }
  | { readonly type: 'committed'; readonly id: number; readonly done: Committed }
  /** The container is gone. */
  | { readonly type: 'discarded'; readonly id: number; readonly name: string };

/** What is asked for to step in. */
export type StepEffect =
  | { readonly do: 'shell'; readonly n: number }
  /** Give up what is being done. */
  | { readonly do: 'give-up' }
  | { readonly do: 'changes'; readonly id: number; readonly container: string }
  | {
      readonly do: 'container-difference';
      readonly id: number;
      readonly open: OpenChanges;
      readonly change: ContainerChange;
    }
  | {
      readonly do: 'preview';
      readonly id: number;
      readonly open: OpenChanges;
      readonly choice: CommitChoice;
    }
  | {
      readonly do: 'commit';
      readonly id: number;
      readonly open: OpenChanges;
      readonly choice: CommitChoice;
    }
  | {
      readonly do: 'discard';
      readonly id: number;
      readonly container: string;
      readonly name: string;
    };
