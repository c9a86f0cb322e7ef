/**
 * Every error code strata can end with: its exit code (DESIGN: 2 usage, 3 damaged or hostile input, 4 not found,
 * 5 a needed tool or privilege is missing, 1 anything else of ours) and what it means. `docs/errors.md` is made from it.
 */
export const ERROR_CODES = {
  E_USAGE: {
    exit: 2,
    meaning:
      'The command line does not say what to do: an argument or flag is missing, unknown or malformed.',
  },
  E_REFERENCE: { exit: 2, meaning: 'The name of an image or snapshot does not follow the grammar.' },
  E_AMBIGUOUS: { exit: 2, meaning: 'The name fits more than one image; the message lists them.' },
  E_SNAPSHOT_RANGE: { exit: 4, meaning: 'The image has no layer of that number or digest.' },
  E_NOT_FOUND: { exit: 4, meaning: 'The file, image, tag or path does not exist.' },
  E_PLATFORM: {
    exit: 4,
    meaning: 'The index has no image for the platform; the message lists those it has.',
  },
  E_BLOB_MISSING: {
    exit: 4,
    meaning: 'A blob that a descriptor names is not in the source; `verify` ends with 3.',
  },
  E_NOT_AN_IMAGE: { exit: 3, meaning: 'The input is not a container image in any form strata reads.' },
  E_NOT_CONTAINER_IMAGE: {
    exit: 3,
    meaning: 'The manifest describes an artifact or attestation, not a file system.',
  },
  E_JSON: {
    exit: 3,
    meaning: 'A JSON document of the image is malformed, too deep, too large or has a key twice.',
  },
  E_MANIFEST: { exit: 3, meaning: 'A manifest, index or manifest.json breaks its specification.' },
  E_CONFIG: {
    exit: 3,
    meaning: 'The image configuration breaks its specification or does not fit the manifest.',
  },
  E_DIGEST_INVALID: { exit: 3, meaning: 'A digest string is malformed or of an unsupported algorithm.' },
  E_DIGEST_MISMATCH: { exit: 3, meaning: 'Bytes do not have the digest that was promised for them.' },
  E_SIZE_MISMATCH: { exit: 3, meaning: 'A blob is shorter or longer than its descriptor says.' },
  E_MEDIA_TYPE: { exit: 3, meaning: 'A media type is unknown, or not the one the bytes have.' },
  E_TRUNCATED: { exit: 3, meaning: 'The input ends too early.' },
  E_COMPRESSION: { exit: 3, meaning: 'A gzip or zstd stream is corrupt.' },
  E_COMPRESSION_UNSUPPORTED: {
    exit: 3,
    meaning: 'The compression format, dictionary or window is not one strata reads.',
  },
  E_TAR: { exit: 3, meaning: 'A tar header cannot be read, so nothing after it can be.' },
  E_LIMIT: { exit: 3, meaning: 'The input exceeds a limit; --limit raises it.' },
  E_UNSAFE_PATH: {
    exit: 3,
    meaning: 'A path of the image would be written outside the destination, or onto something already there.',
  },
  E_DAMAGED: { exit: 3, meaning: 'The verification found damage; the findings are listed.' },
  E_LAYER_UNAVAILABLE: {
    exit: 4,
    meaning: 'The layer is foreign (held elsewhere) or absent, so its content cannot be shown.',
  },
  E_STORE: { exit: 1, meaning: 'The local store cannot be read or written.' },
  E_STORE_DAMAGED: {
    exit: 3,
    meaning: 'Something in the local store is missing, malformed or does not have its digest.',
  },
  E_LOCKED: { exit: 1, meaning: 'Another strata holds the lock and did not release it in time.' },
  E_UNREADABLE: { exit: 1, meaning: 'The operating system refused to read a file.' },
  E_UNWRITABLE: { exit: 1, meaning: 'The operating system refused to write a file.' },
  E_DISK_FULL: { exit: 1, meaning: 'No space is left on the device; nothing half-written was kept.' },
  E_EXISTS: { exit: 1, meaning: 'The destination exists already; nothing was overwritten.' },
  E_NOT_A_FILE: {
    exit: 1,
    meaning: 'The path names a directory, device or other thing that has no content to print.',
  },
  E_BINARY_TO_TERMINAL: {
    exit: 2,
    meaning: 'Binary content was not written to a terminal; redirect it or use --force.',
  },
  E_TOOL_MISSING: {
    exit: 5,
    meaning: 'A program that is needed is not installed; the hint names the package.',
  },
  E_COMMIT: {
    exit: 1,
    meaning:
      'The files of a container cannot become a layer: an owner outside its user namespace, a name that layers reserve, a file that changed meanwhile.',
  },
  E_PRIVILEGE: { exit: 5, meaning: 'The operation needs a privilege this process does not have.' },
  E_ENGINE: { exit: 125, meaning: 'The OCI runtime or its monitor refused; the message has its words.' },
  E_COMMAND: { exit: 126, meaning: 'The command is in the container but cannot be run.' },
  E_COMMAND_MISSING: { exit: 127, meaning: 'The command is not in the container.' },
  E_NOT_RUNNING: {
    exit: 1,
    meaning: 'The container does not run, or stands still; the hint says how it goes on.',
  },
  E_RUNNING: {
    exit: 1,
    meaning: 'The container runs, or stands still, which does not go with what was asked of it.',
  },
  E_INTERRUPTED: { exit: 130, meaning: 'Interrupted by the user; nothing half-written was kept.' },
  E_INTERNAL: { exit: 1, meaning: 'A mistake of strata itself; please report it.' },
} as const satisfies Record<string, { exit: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
