import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { extract } from '../../layers/extract.js';
import { fileAt } from '../../layers/snapshot-file.js';
import { basename } from '../../model/path.js';
import { humanBytes, plural } from '../../report/bytes.js';
import type { Action, Effect } from '../state/action.js';
import type { Outside } from './outside.js';

/** Writes a file or tree of a snapshot to the host, into a directory under its own name; nothing is overwritten. */
export async function extractFile(
  { image, limits, loaded }: Outside,
  { node, n, to }: Extract<Effect, { do: 'extract' }>,
  signal: AbortSignal,
): Promise<Action | undefined> {
  const union = loaded()?.forest.union;
  const file = union === undefined ? undefined : fileAt(union, node, n);
  if (union === undefined || file === undefined) return undefined;
  const typed = path.resolve(to.startsWith('~/') ? path.join(homedir(), to.slice(2)) : to);
  const isFolder = statSync(typed, { throwIfNoEntry: false })?.isDirectory() === true;
  const [parent, name] = isFolder
    ? [typed, basename(file.path)]
    : [path.dirname(typed), path.basename(typed)];
  const written = await extract(union, image.layers, n, [{ file, name }], parent, {
    limits,
    signal,
    preserve: false,
  });
  const what = `${plural(written.files, 'file')}, ${humanBytes(written.bytes)}`;
  return {
    type: 'message',
    message: { text: `extracted ${what} to ${path.join(parent, name)}`, role: 'added' },
  };
}
