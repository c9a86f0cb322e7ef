import { facetNames } from '../../layers/union/facets.js';
import type { Limits } from '../../model/limits.js';
import { humanBytes } from '../../report/bytes.js';
import { changedContents } from '../../runtime/changes/changed-contents.js';
import type { ContainerChange } from '../../runtime/changes/container-change.js';
import { type Row, seg } from '../rows/segment.js';
import { bodyOf, type PageBody } from '../state/page.js';
import { differenceRows } from './difference-rows.js';
import { metadataRows, MOST, sideText } from './show-difference.js';
import type { OpenChanges } from './step-in.js';

const NOTHING = new Uint8Array(0);

/** Returns the page that tells what a container did to a path: metadata, then content. Rejects when it changed since. */
export async function containerChangeBody(
  { files, name }: OpenChanges,
  change: ContainerChange,
  options: { readonly limits: Limits; readonly signal: AbortSignal },
): Promise<PageBody> {
  const { kind, facets, before } = change;
  const { after: entry } = change;
  const after = entry === undefined || entry.kind === 'whiteout' ? undefined : { ...entry, kind: entry.kind };
  const what = kind === 'modified' ? `changed: ${facetNames(facets).join(', ')}` : kind;
  const rows: Row[] = [
    [seg(`container ${name}: `, 'heading'), seg(what, kind === 'modified' ? 'changed' : kind)],
    ...metadataRows(before, after),
    [],
  ];
  const isDirectory = before?.kind === 'directory' && after?.kind === 'directory';
  if (before?.kind !== 'file' && after?.kind !== 'file' && !isDirectory)
    rows.push(
      ...(before === undefined ? [] : [[seg(`- ${sideText(before)}`, 'removed')]]),
      ...(after === undefined ? [] : [[seg(`+ ${sideText(after)}`, 'added')]]),
    );
  for await (const one of changedContents(files, [change], { ...options, maxBytes: MOST })) {
    if (one.contents === 'too-large')
      rows.push([seg(`not compared: more than ${humanBytes(MOST)}`, 'warning')]);
    else if (one.contents === 'read')
      rows.push(...(await differenceRows(one.before ?? NOTHING, one.after ?? NOTHING)));
  }
  return bodyOf(rows);
}
