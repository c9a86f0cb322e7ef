import type { DiveFlaw, DiveNumbers } from '../layers/gate/dive.js';
import type { Waste } from '../layers/waste/waste.js';
import { userWasted } from '../layers/waste/waste-sums.js';
import { formatBytes } from './bytes.js';
import type { Cell } from './cell.js';
import { formatTable } from './table.js';
import type { WasteFormat } from './waste.js';

const FLAWS: Readonly<Record<DiveFlaw, string>> = {
  'no-user-bytes': 'dive divides by zero: the layers above the first hold nothing',
  'dangling-whiteouts': 'dive stops counting a layer at a whiteout of what is not there',
  'hidden-directories': 'dive does not see what lay below removed or replaced directories',
  'live-copies': 'dive counts the copy that the image shows as wasted too',
  'sparse-files': 'dive counts the holes of sparse files, which no layer stores',
};

/** Returns the lines that show dive's three numbers beside ours, and why they differ where they do. */
export function compareDive(
  waste: Waste,
  dive: DiveNumbers,
  { palette, exact, width }: WasteFormat,
): string[] {
  const rows: Cell[][] = [
    ['efficiency', percent(waste.efficiency), percent(dive.efficiency)],
    ['wastedBytes', formatBytes(waste.wastedBytes, exact), formatBytes(dive.wastedBytes, exact)],
    ['userWastedPercent', percent(userWasted(waste)), percent(dive.userWastedPercent)],
  ];
  const columns = [
    { header: '' },
    { header: 'STRATA', align: 'right' },
    { header: 'DIVE 0.13.1', align: 'right' },
  ] as const;
  return [
    ...formatTable(columns, rows, { header: palette.heading, terminalWidth: width }),
    ...dive.flaws.map((flaw) => palette.dim(FLAWS[flaw])),
  ];
}

/** Returns dive's numbers for JSON beside ours of the same name; null for what is no number. */
export function diveWasteJson(waste: Waste, dive: DiveNumbers): object {
  return {
    efficiency: dive.efficiency,
    wastedBytes: dive.wastedBytes,
    userWastedPercent: finite(dive.userWastedPercent),
    flaws: dive.flaws,
    ours: {
      efficiency: waste.efficiency,
      wastedBytes: waste.wastedBytes,
      userWastedPercent: finite(userWasted(waste)),
    },
  };
}

/** JSON knows no other numbers. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? 'NaN' : `${(ratio * 100).toFixed(1)} %`;
}
