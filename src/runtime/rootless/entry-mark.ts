import { closeSync } from 'node:fs';

/** Names the descriptor of the user namespace that a process came in by. */
export const MARK = 'STRATA_NAMESPACE';

/** Closes the descriptor that entering the namespace has left open: nobody else gets it, and nobody sees the mark. */
export function forgetEntry(env: NodeJS.ProcessEnv): void {
  const descriptor = Number(env[MARK] ?? NaN);
  if (!Number.isInteger(descriptor) || descriptor < 3 || process.getuid?.() !== 0) return;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- it is one name.
  delete env[MARK];
  try {
    closeSync(descriptor);
  } catch {
    // Somebody else has set the variable.
  }
}
