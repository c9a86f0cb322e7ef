import { logRow, logText } from '../rows/log.js';
import { seg } from '../rows/segment.js';
import { pageRows } from './layout.js';
import type { OpenLog } from './container-pages.js';
import { bodyOf, type Page, type PageBody } from './page.js';
import type { State } from './state.js';

export const NO_LOG: OpenLog = { lines: [], dropped: 0, timestamps: false, ended: false };

/** Returns the page with these lines: at its end it goes on with them, elsewhere what is seen stays. */
export function withLog(state: State, page: Page, next: Omit<OpenLog, 'timestamps'>): Page {
  const before = page.log ?? NO_LOG;
  const rows = pageRows(state);
  const log: OpenLog = { ...next, timestamps: before.timestamps };
  const last = Math.max(0, log.lines.length - rows);
  const gone = log.dropped - before.dropped;
  const atEnd = isAtEnd(state, page);
  return {
    ...page,
    log,
    loading: false,
    body: bodyOfLog(log),
    top: atEnd ? last : Math.max(0, Math.min(last, page.top - gone)),
    match: page.match < gone ? -1 : page.match - gone,
  };
}

/** Whether the last line is seen, so that the page goes on with what comes. */
export function isAtEnd(state: State, { top, body }: Page): boolean {
  return top >= Math.max(0, body.count - pageRows(state));
}

/** Returns the page with the times of its lines shown, or put away. */
export function toggleTimes(page: Page): Page {
  const before = page.log ?? NO_LOG;
  const log = { ...before, timestamps: !before.timestamps };
  return { ...page, log, body: bodyOfLog(log) };
}

function bodyOfLog({ lines, timestamps, ended }: OpenLog): PageBody {
  if (lines.length === 0 && ended) return bodyOf([[seg('it wrote nothing', 'dim')]]);
  return {
    count: lines.length,
    row: (line) => logRow(lines[line], timestamps),
    text: (line) => logText(lines[line]),
  };
}
