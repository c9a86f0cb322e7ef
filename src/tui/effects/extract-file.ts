import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { extract } from '../../layers/write/extract.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import { basename } from '../../model/path.js';
import { humanBytes, plural } from '../../report/bytes.js';
import type { Action, Effect } from '../state/action.js';
import type { ContentOptions } from '../../layers/read/content.js';
import type { Looked } from './outside.js';

/** Bytes between two words on how much is written. */
const STEP = 4 * 1024 * 1024;

/** Writes a file or tree of a snapshot to the host, into a directory under its own name; nothing is overwritten. */
export async function extractFile(
  { union, layers }: Looked,
  { node, n, to }: Extract<Effect, { do: 'extract' }>,
  options: ContentOptions,
  onProgress: (text: string) => void,
): Promise<Action | undefined> {
  const file = fileAt(union, node, n);
  if (file === undefined) return undefined;
  const typed = path.resolve(to.startsWith('~/') ? path.join(homedir(), to.slice(2)) : to);
  const isFolder = statSync(typed, { throwIfNoEntry: false })?.isDirectory() === true;
  const [parent, name] = isFolder
    ? [typed, basename(file.path)]
    : [path.dirname(typed), path.basename(typed)];
  const say = (bytes: number): void => onProgress(`extracting ${file.path}: ${humanBytes(bytes)}`);
  let [done, told] = [0, 0];
  say(0);
  const written = await extract(union, layers, n, [{ file, name }], parent, {
    ...options,
    preserve: false,
    onBytes(count) {
      done += count;
      if (done - told < STEP) return;
      told = done;
      say(done);
    },
  });
  const what = `${plural(written.files, 'file')}, ${humanBytes(written.bytes)}`;
  return {
    type: 'message',
    message: { text: `extracted ${what} to ${path.join(parent, name)}`, role: 'added' },
  };
}
