import { string } from '@oclif/core/args';

/** The IMAGE argument: raw text, to be read by the images layer. */
export function imageArgument(): ReturnType<typeof required> {
  return required(
    'IMAGE',
    'Image: a file, a directory, or TRANSPORT:WHERE[:TAG] (see `strata help`); - is stdin.',
  );
}

const SNAPSHOT = {
  name: 'IMAGE[@N]',
  description:
    'Image, and which snapshot of it: @N after layer N, @-1 the whole (default), @sha256:... after that layer.',
};

/** The IMAGE[@N] argument: raw text. */
export function snapshotArgument(): ReturnType<typeof required> {
  return required(SNAPSHOT.name, SNAPSHOT.description);
}

/** The same where it may be left out. */
export function optionalSnapshotArgument() {
  return string({ ...SNAPSHOT, ignoreStdin: true });
}

/** A path inside the image: raw text, absolute or taken from the root. */
export function pathArgument(): ReturnType<typeof required> {
  return required('PATH', 'Path inside the image, from its root.');
}

/** The same where the root stands for a path that is left out. */
export function optionalPathArgument() {
  return string({
    name: 'PATH',
    description: 'Path inside the image, from its root.',
    default: '/',
    ignoreStdin: true,
  });
}

/** One path inside the image or more. */
export function pathsArgument() {
  return string({
    name: 'PATH',
    description: 'Path inside the image, from its root. One or more.',
    required: true,
    multiple: true,
    ignoreStdin: true,
  });
}

/** Standard input is the image of `-`, never a missing argument. */
function required(name: string, description: string) {
  return string({ name, description, required: true, ignoreStdin: true });
}
