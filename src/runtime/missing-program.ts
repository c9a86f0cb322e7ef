import { StrataError } from '../model/error.js';
import type { ExecutionConfig } from '../model/image-config.js';
import type { CommandRequest } from './spec/command-line.js';

/**
 * Returns the error of a container whose program is not in it (E_COMMAND_MISSING) with what to do about it, by what the
 * program was named by; any other as it is.
 */
export function missingProgram(
  thrown: unknown,
  image: Pick<ExecutionConfig, 'entrypoint'>,
  { entrypoint, command }: CommandRequest,
): unknown {
  if (!(thrown instanceof StrataError) || thrown.code !== 'E_COMMAND_MISSING') return thrown;
  const ofImage = entrypoint === undefined && image.entrypoint.some((word) => word !== '');
  if (ofImage && command.length > 0)
    return hinted(
      thrown,
      "the image's entrypoint comes before the words on the command line; --entrypoint '' takes it away",
    );
  if (entrypoint !== undefined && /\s/.test(entrypoint))
    return hinted(thrown, '--entrypoint is one word: what the program is to be told stands behind the image');
  return thrown;
}

function hinted(error: StrataError, hint: string): StrataError {
  return new StrataError(error.code, error.message, { hint, cause: error });
}
