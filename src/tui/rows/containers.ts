import { type ContainerRow, statusText } from '../../report/containers.js';
import { textWidth } from '../../report/width.js';
import { isAlive } from '../state/container-list.js';
import type { ContainerList } from '../state/container-pages.js';
import { fitRow, inRole, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';
import type { Role } from './theme.js';

/** Columns of names and of what containers are doing, at most. */
const WIDEST_NAME = 28;
const WIDEST_STATUS = 30;

const ROLES: Readonly<Record<ContainerRow['status'], Role>> = {
  created: 'dim',
  running: 'added',
  paused: 'changed',
  exited: 'dim',
  unknown: 'warning',
};

/** Returns the containers from the first that is seen on, below the names of the columns. */
export function containerRows(list: ContainerList, width: number, count: number): Row[] {
  const { rows, chosen, top, now } = list;
  if (rows.length === 0)
    return [
      [seg(' no containers in this store', 'dim')],
      [seg(' s opens a shell in a snapshot; strata run --name NAME IMAGE keeps one', 'dim')],
    ];
  const columns = columnsOf(list, width);
  const out: Row[] = [columns.map(({ title, columns: own }) => seg(cell(title, own), 'dim'))];
  for (const row of rows.slice(top, top + Math.max(0, count - 1))) {
    const cells = columns.map(({ text, role, columns: own }): Row[number] =>
      seg(cell(text(row, now), own), role(row)),
    );
    out.push(row.id === chosen ? inRole(fitRow(cells, width), 'cursor') : cells);
  }
  return out;
}

interface Column {
  readonly title: string;
  readonly columns: number;
  readonly text: (row: ContainerRow, now: bigint) => string;
  readonly role: (row: ContainerRow) => Role;
}

function columnsOf({ rows, now }: ContainerList, width: number): Column[] {
  const widest = (text: (row: ContainerRow) => string, most: number): number =>
    Math.min(most, Math.max(6, ...rows.map((row) => textWidth(text(row))))) + 2;
  const name = ({ name: own }: ContainerRow): string => safeText(own);
  const image = ({ image: own }: ContainerRow): string => safeText(own);
  const nameColumns = Math.min(Math.floor(width * 0.45), widest(name, WIDEST_NAME));
  const statusColumns = widest((row) => statusText(row, now), WIDEST_STATUS);
  const left = width - 2 - nameColumns - statusColumns;
  const imageColumns = Math.min(widest(image, 60), left);
  return [
    { title: '', columns: 2, text: (row) => (isAlive(row) ? '▸' : ''), role: (row) => ROLES[row.status] },
    { title: 'NAME', columns: nameColumns, text: name, role: () => 'text' },
    {
      title: 'STATUS',
      columns: statusColumns,
      text: statusText,
      role: (row) => (row.exit !== undefined && row.exit.status !== 0 ? 'removed' : ROLES[row.status]),
    },
    ...(imageColumns < 8
      ? []
      : [{ title: 'IMAGE', columns: imageColumns, text: image, role: (): Role => 'text' }]),
    ...(left - imageColumns < 12
      ? []
      : [
          {
            title: 'COMMAND',
            columns: left - imageColumns,
            text: ({ command }: ContainerRow) => safeText(command.join(' ')),
            role: (): Role => 'dim',
          },
        ]),
  ];
}

/** Text in exactly so many columns, the last a blank. */
function cell(text: string, columns: number): string {
  return fitRow([seg(text)], columns - 1)
    .map((one) => one.text)
    .join('')
    .concat(' ');
}
