import { dirname } from '../../model/path.js';
import type { LayerPlan } from './plan-layer.js';

/**
 * Returns how many members the tar of a planned layer has (entries, the directories above them, and whiteouts), and how many
 * of them are whiteouts.
 */
export function countMembers({ paths, removed }: Pick<LayerPlan, 'paths' | 'removed'>): {
  readonly members: number;
  readonly whiteouts: number;
} {
  const directories = new Set<string>();
  const addAbove = (path: string): void => {
    for (let at = path; at !== '/';) {
      at = dirname(at);
      if (directories.has(at)) return;
      directories.add(at);
    }
  };
  let whiteouts = 0;
  for (const path of paths) addAbove(path);
  for (const [directory, names] of removed) {
    addAbove(directory);
    directories.add(directory);
    whiteouts += names === 'everything' ? 1 : names.length;
  }
  const others = paths.reduce((sum, path) => sum + (directories.has(path) ? 0 : 1), 0);
  return { members: directories.size + others + whiteouts, whiteouts };
}
