import { statSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../model/error.js';
import { basename } from '../../model/path.js';
import { KIND_NAMES } from '../../report/kind.js';
import type { ChosenVersion } from './chosen-version.js';

/**
 * Returns the directory and the name that `--output` means for a version: a file or link keeps its name in a directory
 * that exists or is written `DIR/`; everything else is the new name. Throws E_NOT_A_FILE for what cannot be made.
 */
export function placeOf(
  { file }: ChosenVersion,
  output: string,
): { readonly parent: string; readonly name: string } {
  const { kind, path: name } = file;
  if (kind !== 'file' && kind !== 'directory' && kind !== 'symlink')
    fail('E_NOT_A_FILE', `recovering ${name}: it is a ${KIND_NAMES[kind]}`, {
      hint: 'strata deleted --json has all that is known of it',
    });
  if (kind !== 'directory' && (output.endsWith('/') || isDirectory(output)))
    return { parent: output, name: basename(name) };
  const place = path.normalize(output);
  return { parent: path.dirname(place), name: path.basename(place) };
}

function isDirectory(output: string): boolean {
  return statSync(output, { throwIfNoEntry: false })?.isDirectory() === true;
}
