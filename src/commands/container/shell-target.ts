import { string } from '@oclif/core/args';

/** The IMAGE[@N] or CONTAINER argument of `shell`. */
export function shellTargetArgument() {
  return string({
    name: 'IMAGE[@N]|CONTAINER',
    description: 'Image, and which snapshot of it; or a container that runs, by name or id.',
    required: true,
    ignoreStdin: true,
  });
}
