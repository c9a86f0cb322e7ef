import { passOutput } from '../../runtime/sys/terminal.js';
import type { TerminalStreams } from '../../tui/screen/lend.js';

/**
 * Gives every key of a terminal to a container that has one of its own, and leaves what that writes as it is: its own terminal
 * has already made of line feeds what the program wants (cfmakeraw(3); Node's raw mode has ours make it once more).
 * `setRawMode(false)` gives everything back.
 */
export function makeRaw(input: TerminalStreams['input'] & { readonly fd?: number }): void {
  if (input.setRawMode === undefined) return;
  input.setRawMode(true);
  if (input.fd !== undefined) passOutput(input.fd);
}
