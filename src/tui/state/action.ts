import type { Message, Judged, Loaded, Loading } from './state.js';
import type { BesideRead } from './second-image.js';
import type { FileForm, OpenFile, PageBody } from './page.js';
import type { ActionName } from '../keys/table.js';
import type { StepAction, StepEffect } from './step-action.js';
import type { ContainerAction, ContainerEffect } from './container-action.js';
import type { Chord } from '../keys/chord.js';

/** What can happen. */
export type Action =
  | StepAction
  | ContainerAction
  /** A key; `text` is the character it types, if any. */
  | { readonly type: 'key'; readonly chord: Chord; readonly text?: string }
  /** A text that was pasted: no keys. */
  | { readonly type: 'paste'; readonly text: string }
  /** What a key of the table stands for. */
  | { readonly type: 'do'; readonly action: ActionName }
  | { readonly type: 'click'; readonly x: number; readonly y: number }
  | { readonly type: 'wheel'; readonly x: number; readonly y: number; readonly down: boolean }
  | { readonly type: 'resize'; readonly width: number; readonly height: number }
  | { readonly type: 'loading'; readonly loading: Loading | undefined }
  | { readonly type: 'loaded'; readonly loaded: Loaded }
  /** No more layers are read. */
  | { readonly type: 'unloaded'; readonly problem: readonly string[] }
  | { readonly type: 'judged'; readonly judged: Judged }
  /** undefined: it could not be read. */
  | { readonly type: 'beside'; readonly read: BesideRead | undefined }
  | { readonly type: 'message'; readonly message: Message }
  /** The answer to an effect with that id; `file` of one that read a file. */
  | {
      readonly type: 'filled';
      readonly id: number;
      readonly body: PageBody;
      readonly title?: string;
      readonly file?: OpenFile;
      /** Line to go to. */
      readonly line?: number;
      /** The text that was searched for and is in that line, and what is said of it. */
      readonly found?: string;
      readonly message?: Message | undefined;
    }
  /** How much of what a page waits for is there. */
  | { readonly type: 'progress'; readonly id: number; readonly percent: number }
  /** The answer to a search that found nothing. */
  | { readonly type: 'searched'; readonly id: number; readonly message: Message };

/** What the reducer wants done outside. */
export type Effect =
  | StepEffect
  | ContainerEffect
  /** `open`: an image to go on with. */
  | { readonly do: 'quit'; readonly open?: string }
  | { readonly do: 'suspend' }
  | { readonly do: 'redraw' }
  /** Make the first letters of a filter as quick as those after them. */
  | { readonly do: 'rehearse' }
  | { readonly do: 'copy'; readonly text: string; readonly what: string }
  /** Stop whatever is being read. */
  | { readonly do: 'stop' }
  | {
      readonly do: 'read';
      readonly id: number;
      readonly node: number;
      readonly touch: number;
      readonly form: FileForm | undefined;
      /** Byte that the part to be held begins near; `end` for the last part. */
      readonly from: number | 'end';
      /** Byte to show first; default: where the part begins. */
      readonly near?: number;
    }
  | {
      readonly do: 'search';
      readonly id: number;
      readonly node: number;
      readonly touch: number;
      readonly form: FileForm;
      readonly text: string;
      /** Byte to begin at. */
      readonly from: number;
      readonly back: boolean;
    }
  | {
      readonly do: 'difference';
      readonly id: number;
      readonly node: number;
      /** Snapshot to compare with; default: the version before the one at `to`. */
      readonly from?: number;
      readonly to: number;
    }
  /** Read the second image. */
  | { readonly do: 'beside' }
  | { readonly do: 'stop-beside' }
  | { readonly do: 'extract'; readonly node: number; readonly n: number; readonly to: string };

/** A state and what is to be done for it. */
export interface Next<S> {
  readonly state: S;
  readonly effects: readonly Effect[];
}
