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
  const hint =
    ofImage && command.length > 0
      ? "the image's entrypoint comes before the words on the command line; --entrypoint '' takes it away"
      : entrypoint !== undefined && /\s/.test(entrypoint)
        ? '--entrypoint is one word: what the program is to be told stands behind the image'
        : 'it is a path in the image or a name in its PATH; strata shell brings programs of its own';
  return new StrataError(thrown.code, thrown.message, { hint, cause: thrown });
}
