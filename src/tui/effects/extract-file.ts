import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { extract } from '../../layers/extract.js';
import { fileAt } from '../../layers/snapshot-file.js';
import { basename } from '../../model/path.js';
import { humanBytes, plural } from '../../report/bytes.js';
import type { Action, Effect } from '../state/action.js';
import type { ContentOptions } from '../../layers/content.js';
import type { Looked } from './outside.js';

/** Writes a file or tree of a snapshot to the host, into a directory under its own name; nothing is overwritten. */
export async function extractFile(
  { union, layers }: Looked,
  { node, n, to }: Extract<Effect, { do: 'extract' }>,
  options: ContentOptions,
): Promise<Action | undefined> {
  const file = fileAt(union, node, n);
  if (file === undefined) return undefined;
  const typed = path.resolve(to.startsWith('~/') ? path.join(homedir(), to.slice(2)) : to);
  const isFolder = statSync(typed, { throwIfNoEntry: false })?.isDirectory() === true;
  const [parent, name] = isFolder
    ? [typed, basename(file.path)]
    : [path.dirname(typed), path.basename(typed)];
  const written = await extract(union, layers, n, [{ file, name }], parent, {
    ...options,
    preserve: false,
  });
  const what = `${plural(written.files, 'file')}, ${humanBytes(written.bytes)}`;
  return {
    type: 'message',
    message: { text: `extracted ${what} to ${path.join(parent, name)}`, role: 'added' },
  };
}
