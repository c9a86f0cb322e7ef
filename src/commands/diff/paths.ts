import { compileGlob } from '../../layers/search/glob.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { fail, StrataError } from '../../model/error.js';
import { isBelow } from '../../model/path.js';
import type { OpenedSnapshot } from '../image/open.js';
import type { Sides } from './sides.js';
import { typedFile } from '../flags/typed-path.js';

/** Which paths are compared. */
export interface DiffPaths {
  /** Rooted clean paths: they and what is below them. */
  readonly tops: readonly string[];
  readonly fits: ((path: string) => boolean) | undefined;
  /** Whether no path was asked for. */
  readonly everything: boolean;
  /** Whether files were asked for by name, and nothing else. */
  readonly filesOnly: boolean;
}

const EVERYTHING: DiffPaths = { tops: ['/'], fits: undefined, everything: true, filesOnly: false };

/**
 * Returns what the PATH arguments mean: a path that one of the snapshots has, with what is below it, or else a glob.
 * Throws E_NOT_FOUND for a path that neither has.
 */
export function diffPaths({ before, after }: Sides, texts: readonly string[]): DiffPaths {
  if (texts.length === 0) return EVERYTHING;
  const tops = new Set<string>();
  const globs: ((path: string) => boolean)[] = [];
  let filesOnly = true;
  for (const text of texts) {
    const files = [before, after].flatMap((side) => found(side, text) ?? []);
    for (const { path, kind } of files) {
      tops.add(path);
      filesOnly &&= kind !== 'directory';
    }
    if (files.length > 0) continue;
    if (!/[*?[{]/.test(text))
      fail('E_NOT_FOUND', `looking up ${text}: neither snapshot has it`, {
        hint: 'a path begins at the root of the image; globs work too: /etc/*.conf, **/*.py',
      });
    globs.push(compileGlob(text));
  }
  if (globs.length === 0) return { tops: [...tops], fits: undefined, everything: false, filesOnly };
  const named = [...tops];
  const fits = (path: string): boolean =>
    globs.some((glob) => glob(path)) || named.some((top) => path === top || isBelow(path, top));
  return { tops: ['/'], fits, everything: false, filesOnly: false };
}

function found({ union, n }: OpenedSnapshot, text: string): SnapshotFile | undefined {
  try {
    return typedFile(union, n, text, { followLast: false });
  } catch (error) {
    if (error instanceof StrataError && error.code === 'E_NOT_FOUND') return undefined;
    throw error;
  }
}
