import { blame, type BlameStep } from '../../layers/changes/blame.js';
import { shortDigest } from '../../model/digest.js';
import { WASTE_CLASSES, type WasteClass } from '../../layers/waste/waste.js';
import { humanBytes } from '../../report/bytes.js';
import { instructionLine } from '../../report/instruction.js';
import { formatMode } from '../../report/mode.js';
import { formatTimeShort } from '../../report/time.js';
import { layerIn, layerName, shownBeside, stackOf } from '../state/beside.js';
import type { State } from '../state/state.js';
import type { FileTree } from '../tree/file-tree.js';
import { padLeft, padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';
import type { Role } from './theme.js';

const SIGNS: Readonly<Record<BlameStep['kind'], { readonly sign: string; readonly role: Role }>> = {
  added: { sign: '+', role: 'added' },
  replaced: { sign: '~', role: 'changed' },
  metadata: { sign: '~', role: 'changed' },
  restated: { sign: '=', role: 'dim' },
  implied: { sign: '=', role: 'dim' },
  removed: { sign: '-', role: 'removed' },
  hidden: { sign: '-', role: 'removed' },
};

/** Returns the life of the path at the cursor through all layers, with what became of the bytes of each version. */
export function historyRows(state: State, { facts }: FileTree): Row[] {
  const rows: Row[] = [];
  for (const step of blame(facts.union, state.cursor)) {
    const { side, layer } = layerIn(state, step.layer);
    // What divides the two images is no layer of either.
    if (layer === 0) continue;
    const stack = stackOf(state, side);
    const { sign, role } = SIGNS[step.kind];
    const { file, facets } = step;
    const what = facets.length === 0 ? step.kind : `${step.kind}: ${facets.join(', ')}`;
    const here = layer === stack.layer ? '▌' : ' ';
    rows.push([
      seg(here, 'accent'),
      seg(`${padLeft(layerName(state, step.layer), 9)}  `, 'heading'),
      seg(padRight(`${sign} ${what}`, 30), role),
      ...(file === undefined
        ? []
        : [
            seg(` ${padLeft(file.kind === 'file' ? humanBytes(file.size) : '-', 8)}`),
            seg(
              `  ${formatMode(file.kind, file.mode)} ${file.uid}:${file.gid}  ${formatTimeShort(file.mtime)}`,
              'dim',
            ),
          ]),
    ]);
    const fate = fateOf(state, step);
    rows.push([
      seg('            '),
      ...(file?.content === undefined ? [] : [seg(`${shortDigest(file.content)}  `, 'digest')]),
      ...(fate === undefined ? [] : [seg(`${fate}  `, fate === 'live' ? 'dim' : 'waste')]),
      seg(safeText(instructionLine(stack.steps.get(layer))), 'dim'),
    ]);
    if (file?.kind === 'symlink')
      rows.push([seg('            '), seg(`→ ${safeText(file.link)}`, 'symlink')]);
  }
  return rows;
}

/** Returns what became of the bytes that the step stored; undefined while that is not known, and without any. */
export function fateOf(state: State, { file }: BlameStep): WasteClass | undefined {
  const judged = shownBeside(state) === undefined ? state.judged : undefined;
  if (judged === undefined || file?.kind !== 'file' || file.inode === undefined) return undefined;
  const { layer, row } = file.inode;
  const rows = judged.classOf.at(layer - 1);
  return rows === undefined ? undefined : WASTE_CLASSES[rows[row]];
}
