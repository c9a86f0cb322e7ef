import { differences, type Difference } from '../../layers/compare/diff.js';
import type { Side } from '../../layers/compare/walk-both.js';
import { facetNames } from '../../layers/union/facets.js';
import { formatCount, humanBytes } from '../../report/bytes.js';
import { padLeft, padRight, type Row, seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';
import type { Role } from '../rows/theme.js';
import type { PageBody } from '../state/page.js';

const SIGNS: Readonly<Record<Difference['kind'], { readonly sign: string; readonly role: Role }>> = {
  added: { sign: '+', role: 'added' },
  removed: { sign: '-', role: 'removed' },
  modified: { sign: '~', role: 'changed' },
  renamed: { sign: '~', role: 'changed' },
};

/** Lines above the differences. */
const HEAD = 2;

/** Returns the lines that tell how one image differs from another: what makes most bytes first. */
export function imagesBody(a: Side, b: Side): PageBody {
  const found = [...differences(a, b)];
  const weight = new Map(
    found.map((one) => [one, Math.abs(grown(one)) || (one.after?.size ?? one.before?.size ?? 0)]),
  );
  found.sort((x, y) => (weight.get(y) ?? 0) - (weight.get(x) ?? 0));
  const head = headRow(found);
  const row = (line: number): Row =>
    line === 0 ? head : line < HEAD ? [] : differenceRow(found[line - HEAD]);
  return {
    count: found.length + HEAD,
    row,
    text: (line) => (line < HEAD ? '' : found[line - HEAD].path),
  };
}

/** Bytes of content that the second image has more; directories have none. */
function grown({ before, after }: Difference): number {
  const bytes = (file: Difference['before']): number => (file?.kind === 'file' ? file.size : 0);
  return bytes(after) - bytes(before);
}

function headRow(found: readonly Difference[]): Row {
  if (found.length === 0) return [seg('the files are the same', 'dim')];
  const count = (kind: Difference['kind']): string =>
    formatCount(found.filter((one) => one.kind === kind).length);
  const bytes = found.reduce((sum, one) => sum + grown(one), 0);
  return [
    seg(`+${count('added')}  `, 'added'),
    seg(`~${count('modified')}  `, 'changed'),
    seg(`-${count('removed')}  `, 'removed'),
    seg(`${bytes < 0 ? '' : '+'}${humanBytes(bytes)}`, 'heading'),
  ];
}

function differenceRow(one: Difference): Row {
  const { sign, role } = SIGNS[one.kind];
  const more = grown(one);
  const change = more === 0 ? '' : `${more < 0 ? '' : '+'}${humanBytes(more)}`;
  return [
    seg(`${sign} `, role),
    seg(`${padLeft(change, 9)}  `, role),
    seg(padRight(safeText(one.path), 1), one.kind === 'modified' ? 'text' : role),
    seg(one.facets === 0 ? '' : `  ${facetNames(one.facets).join(', ')}`, 'dim'),
  ];
}
