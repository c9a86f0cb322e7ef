import type { Row } from '../rows/segment.js';
import type { ChangeList } from './change-pages.js';
import type { ContainerList, OpenBisect, OpenLog } from './container-pages.js';

/** Lines of a page, made when they are seen. */
export interface PageBody {
  readonly count: number;
  row(line: number): Row;
  /** Segments at the beginning of each row that stay where they are when it is scrolled: numbers of lines. */
  readonly numbers?: number;
  /** What a search looks at. */
  text(line: number): string;
  /** Tells which lines have a text, where that is not what {@link text} says. */
  finder?(search: string): (line: number) => boolean;
}

export const FILE_FORMS = ['text', 'parts', 'hex'] as const;
export type FileForm = (typeof FILE_FORMS)[number];

/** A file that is open, and the part of it that is held. */
export interface OpenFile {
  readonly node: number;
  /** The touch that made it what is shown; -1 when the snapshot has no such file. */
  readonly touch: number;
  readonly form: FileForm;
  readonly forms: readonly FileForm[];
  /** Bytes of the whole file. */
  readonly size: number;
  /** What of it is held. */
  readonly start: number;
  readonly end: number;
}

export const PAGE_KINDS = [
  'file',
  'history',
  'difference',
  'help',
  'waste',
  'containers',
  'log',
  'bisect',
  'changes',
] as const;
export type PageKind = (typeof PAGE_KINDS)[number];

/** A page over the panes: lines to scroll. */
export interface Page {
  readonly kind: PageKind;
  /** Tells answers to an older question from those to this one. */
  readonly id: number;
  readonly title: string;
  readonly body: PageBody;
  readonly top: number;
  /** Columns that are scrolled out on the left. */
  readonly left: number;
  readonly search: string;
  /** The line that was found; -1: none. */
  readonly match: number;
  readonly loading: boolean;
  /** How much of what it waits for is there, where that is known. */
  readonly percent?: number | undefined;
  readonly file: OpenFile | undefined;
  /** What closing it comes back to; undefined: the panes. */
  readonly below?: Page | undefined;
  readonly changes?: ChangeList | undefined;
  readonly containers?: ContainerList | undefined;
  readonly log?: OpenLog | undefined;
  readonly bisect?: OpenBisect | undefined;
}

/** Returns a body of rows that are there already. */
export function bodyOf(rows: readonly Row[]): PageBody {
  return {
    count: rows.length,
    row: (line) => rows[line],
    text: (line) => rows[line].map(({ text }) => text).join(''),
  };
}

export const NO_LINES: PageBody = bodyOf([]);
