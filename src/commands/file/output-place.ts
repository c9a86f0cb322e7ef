import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { fail } from '../../model/error.js';

/** Says whether `--output` names a directory that is there; no link is followed unless a slash is behind it. */
export function isDirectory(output: string): boolean {
  try {
    return lstatSync(output).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Returns where the file goes that `--output` asks for: under that name, or, as with cp(1), under its own in a directory
 * that is there. A directory of the image becomes that directory itself. Throws E_NOT_FOUND.
 */
export function outputPlace(
  output: string,
  { kind }: Pick<SnapshotFile, 'kind'>,
  ownName: () => string,
): { readonly parent: string; readonly name: string } {
  const place = path.normalize(output);
  if (kind !== 'directory' && isDirectory(output)) return { parent: place, name: ownName() };
  if (kind !== 'directory' && output.endsWith('/'))
    fail('E_NOT_FOUND', `writing ${output}: there is no such directory`, {
      hint: 'make it first, or leave the slash out',
    });
  return { parent: path.dirname(place), name: path.basename(place) };
}
