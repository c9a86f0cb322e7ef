import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Removes a tree however deep it is and whatever modes its directories have: an image may want 0555 of them. */
export function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  try {
    execFileSync('rm', ['-rf', folder], { stdio: 'ignore' });
  } catch {
    execFileSync('chmod', ['-R', 'u+rwX', folder], { stdio: 'ignore' });
    execFileSync('rm', ['-rf', folder]);
  }
}
