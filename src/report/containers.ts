import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { type GiveWay, LEAST_TEXT } from './fit-columns.js';
import { type Column, formatTable } from './table.js';
import { formatAge, parseTime } from './time.js';

/** A container and what it is doing. */
export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  /** With the number of its layer. */
  readonly image: string;
  readonly command: readonly string[];
  /** RFC 3339. */
  readonly created: string;
  readonly status: 'created' | 'running' | 'paused' | 'exited' | 'unknown';
  /** RFC 3339, of one that runs. */
  readonly started: string | undefined;
  readonly exit: { readonly status: number; readonly finished: string; readonly oom: boolean } | undefined;
}

export interface ContainerFormat {
  readonly palette: Palette;
  /** Ids and commands whole. */
  readonly whole: boolean;
  readonly width: number | undefined;
  readonly ellipsis: string;
  /** Nanoseconds since 1970. */
  readonly now: bigint;
}

const COLUMNS: readonly Column[] = ['ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'NAME'].map((header) => ({
  header,
}));

/** Columns in which an exit code is whole. */
const LEAST_STATUS = 'Exited (137…'.length;

const GIVE_WAY: readonly GiveWay[] = [
  ['CREATED', 0],
  ['COMMAND', LEAST_TEXT],
  ['COMMAND', 0],
  ['IMAGE', LEAST_TEXT],
  ['IMAGE', 0],
  ['STATUS', LEAST_STATUS],
  ['NAME', LEAST_TEXT],
];

/** Characters of a command, as docker has it. */
const COMMAND_SHOWN = 20;

/** Returns a table of containers. */
export function containerLines(rows: readonly ContainerRow[], format: ContainerFormat): string[] {
  const { palette, width, whole, ellipsis } = format;
  return formatTable(
    COLUMNS,
    rows.map((row): Cell[] => [
      shortId(row.id, whole),
      row.image,
      commandText(row.command, format),
      ageOf(row.created, format.now),
      statusCell(row, format),
      { text: row.name, style: palette.emphasis },
    ]),
    { header: palette.heading, terminalWidth: whole ? undefined : width, giveWay: GIVE_WAY, ellipsis },
  );
}

/** Returns the id as it is shown: its first twelve digits, as docker has it. */
export function shortId(id: string, whole: boolean): string {
  return whole ? id : id.slice(0, 12);
}

function commandText(words: readonly string[], { whole, ellipsis }: ContainerFormat): string {
  const text = words.join(' ');
  const characters = Array.from(text);
  return whole || characters.length <= COMMAND_SHOWN
    ? text
    : characters.slice(0, COMMAND_SHOWN - 1).join('') + ellipsis;
}

function statusCell(row: ContainerRow, { palette, now }: ContainerFormat): Cell {
  const { status, exit } = row;
  const styles = {
    created: palette.dim,
    running: palette.added,
    paused: palette.changed,
    unknown: palette.removed,
    exited: exit === undefined || exit.status === 0 ? palette.dim : palette.removed,
  };
  return { text: statusText(row, now), style: styles[status] };
}

/** Returns what a container is doing, and since when: `Up 2 hours`, `Exited (1) 5 minutes ago`. `now` in nanoseconds. */
export function statusText(
  { status, started, exit }: Pick<ContainerRow, 'status' | 'started' | 'exit'>,
  now: bigint,
): string {
  switch (status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up${started === undefined ? '' : ` ${lasting(started, now)}`}`;
    case 'paused':
      return 'Paused';
    case 'unknown':
      return 'Unknown';
    case 'exited': {
      if (exit === undefined) return 'Exited';
      const why = exit.oom ? ', out of memory' : '';
      return `Exited (${exit.status}${why}) ${ageOf(exit.finished, now)}`;
    }
  }
}

function ageOf(time: string, now: bigint): string {
  const moment = parseTime(time);
  return moment === undefined ? '' : formatAge(moment, now);
}

function lasting(time: string, now: bigint): string {
  return ageOf(time, now)
    .replace(/ ago$/, '')
    .replace(/^(?:now|in .*)$/, 'less than a second');
}
