import { humanBytes, plural } from '../../report/bytes.js';
import type { CommitForm } from '../state/change-pages.js';
import { FORM_ROWS } from '../state/layout.js';
import { type Row, seg, type Segment } from './segment.js';
import { safeText } from './safe-text.js';

/** Returns what is to be committed: name, message, the layer to be, what it leaves out and why; as many rows as it ever has. */
export function commitRows(form: CommitForm, width: number): Row[] {
  const rows = form.done === undefined ? formRows(form) : doneRows(form.done);
  while (rows.length < FORM_ROWS - 1) rows.push([]);
  return [...rows, [seg('─'.repeat(width), 'border')]];
}

function formRows(form: CommitForm): Row[] {
  const { name, message, preview, problem } = form;
  return [
    [label('name'), name === '' ? seg('n or Enter gives it one', 'dim') : seg(safeText(name), 'accent')],
    [label('message'), message === '' ? seg('m writes one', 'dim') : seg(safeText(message))],
    [label('layer'), ...layerSegments(form), ...optionSegments(form)],
    problem.length > 0
      ? [label('stopped'), seg(safeText(problem.join('; ')), 'error')]
      : [label('left out'), ...leftOut(preview)],
  ];
}

const label = (text: string): Segment => seg(` ${text.padEnd(9)} `, 'heading');

function layerSegments({ preview, writing }: CommitForm): Segment[] {
  if (writing) return [seg('is being written …', 'accent')];
  if (preview === undefined) return [seg('…', 'dim')];
  const { members, whiteouts, bytes, number } = preview;
  if (number === 0) return [seg('none: no change is ticked', 'warning')];
  return [
    seg(
      `${number}: ${plural(members, 'member')}${whiteouts === 0 ? '' : `, ${plural(whiteouts, 'whiteout')} among them`}, `,
    ),
    seg(`${humanBytes(bytes)} of content`, 'added'),
  ];
}

function optionSegments({ squash, dropCaches, preview }: CommitForm): Segment[] {
  const all = [
    ...(squash ? [', all layers below in it'] : []),
    ...(dropCaches ? [', without caches'] : []),
    ...(preview?.taken === undefined ? [] : [', the name is taken']),
  ];
  return all.map((text) => seg(text, 'changed'));
}

function leftOut(preview: CommitForm['preview']): Segment[] {
  if (preview === undefined) return [seg('…', 'dim')];
  if (preview.leftOut.length === 0) return [seg('nothing', 'dim')];
  return [seg(safeText(preview.leftOut.join('; ')), 'warning')];
}

function doneRows({ reference, digest, layer }: NonNullable<CommitForm['done']>): Row[] {
  return [
    [label('written'), seg(safeText(reference), 'accent')],
    [label('digest'), seg(safeText(digest), 'digest')],
    [label('layers'), seg(safeText(layer))],
    [
      label('next'),
      seg('Enter', 'key'),
      seg(` explores it (strata explore store:${safeText(reference)}); q the changes`),
    ],
  ];
}
