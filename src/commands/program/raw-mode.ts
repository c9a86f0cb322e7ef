import { getModes, passOutput, setModes } from '../../runtime/sys/terminal.js';
import type { TerminalStreams } from '../../tui/screen/lend.js';

/**
 * Gives every key of a terminal to a container that has one of its own, and leaves what that writes as it is: its own terminal
 * has already made of line feeds what the program wants (cfmakeraw(3); Node's raw mode has ours make it once more). Returns
 * what gives everything back, also where nobody reads the terminal any more.
 */
export function makeRaw(input: TerminalStreams['input'] & { readonly fd?: number }): () => void {
  const { fd } = input;
  if (input.setRawMode === undefined) return () => undefined;
  const modes = fd === undefined ? undefined : getModes(fd);
  input.setRawMode(true);
  if (fd !== undefined) passOutput(fd);
  return () => {
    input.setRawMode?.(false);
    // Node does nothing for a stream that was ended.
    if (fd !== undefined && modes !== undefined) setModes(fd, modes);
  };
}
