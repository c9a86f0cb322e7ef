import type { ContainerRow } from '../../report/containers.js';
import type { BisectEnd, BisectRequest, BisectStep } from '../effects/bisect.js';
import type { ContainerDeed, ContainerVisit } from '../effects/containers.js';
import type { OpenLog } from './container-pages.js';
import type { PageBody } from './page.js';
import type { StepEffect } from './step-action.js';

/** What is heard of containers; `id` is that of the page that asked. */
export type ContainerAction =
  /** What containers there are; `now` in nanoseconds since 1970. */
  | {
      readonly type: 'containers';
      readonly id: number;
      readonly rows: readonly ContainerRow[];
      readonly now: bigint;
    }
  | { readonly type: 'log'; readonly id: number; readonly log: Omit<OpenLog, 'timestamps'> }
  | { readonly type: 'bisect-step'; readonly id: number; readonly step: BisectStep }
  /** `changes` are the files of the layers that were found. */
  | {
      readonly type: 'bisect-end';
      readonly id: number;
      readonly end: BisectEnd;
      readonly changes: PageBody | undefined;
    }
  /** It was given up, or could not go on. */
  | {
      readonly type: 'bisect-stopped';
      readonly id: number;
      readonly why: readonly string[];
    };

/** What is asked for of containers. */
export type ContainerEffect =
  /** Tells what containers there are, until something else is read. */
  | { readonly do: 'watch-containers'; readonly id: number }
  /** Tells what a container writes, until something else is read. */
  | { readonly do: 'follow-log'; readonly id: number; readonly container: string }
  | {
      readonly do: 'act';
      readonly container: string;
      readonly name: string;
      readonly deed: ContainerDeed;
      readonly force: boolean;
    }
  | {
      readonly do: 'visit';
      readonly container: string;
      readonly name: string;
      readonly visit: ContainerVisit;
    }
  | { readonly do: 'bisect'; readonly id: number; readonly request: BisectRequest };

/** What is asked before something that cannot be taken back. */
export interface Question {
  readonly text: string;
  readonly yes: ContainerEffect | StepEffect;
}
