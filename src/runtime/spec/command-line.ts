import { fail } from '../../model/error.js';
import type { ExecutionConfig } from '../../model/image-config.js';

export interface CommandRequest {
  /** Undefined when the flag is absent; the empty string takes the image's away. */
  readonly entrypoint: string | undefined;
  /** What stands behind the image on the command line. */
  readonly command: readonly string[];
}

/**
 * Returns the arguments of the first process, as docker joins them: an entrypoint of the user takes the image's command
 * away with its entrypoint, a command of the user only the command. Throws E_USAGE when nothing is left to run, E_CONFIG
 * for a NUL in the image's.
 */
export function commandLine(
  image: Pick<ExecutionConfig, 'entrypoint' | 'cmd'>,
  { entrypoint, command }: CommandRequest,
): readonly string[] {
  const own = entrypoint !== undefined;
  const head = own ? [entrypoint] : image.entrypoint;
  const tail = command.length > 0 || own ? command : image.cmd;
  // Docker clears what was set to one empty word.
  const all = head.length === 1 && head[0] === '' ? tail : [...head, ...tail];
  if (all.length === 0)
    fail('E_USAGE', 'starting a container: neither the image nor the command line names a program', {
      hint: 'write it behind the image, as in strata run IMAGE /bin/sh',
    });
  if (all.some((word) => word.includes('\0'))) fail('E_CONFIG', 'reading the command: a word has a NUL');
  return all;
}
