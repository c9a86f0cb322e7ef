import { boolean, string } from '@oclif/core/flags';
import type { Content } from '../layers/read/content.js';
import { fileAt, type SnapshotFile } from '../layers/union/snapshot-file.js';
import { fail } from '../model/error.js';
import { anomaliesJson } from '../report/anomalies.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { bytesJson } from '../report/json.js';
import { pathsArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { firstBytes, readable, type Readable, readFiles } from './file/contents.js';
import type { Context } from './program/context.js';
import { parseLayer } from './flags/layer-number.js';
import { heldVersion } from './file/held-version.js';
import { lastHiddenVersion } from './file/last-hidden.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { checkSizes, printContent } from './file/print-content.js';
import { parseCount } from './flags/quantity.js';
import { typedFile } from './flags/typed-path.js';

/** Bytes of each file that `--json` gives unless `--head` says more. */
const JSON_BYTES = 1024 * 1024;
const LARGE =
  'strata extract keeps holes; or print its beginning with --head, or raise --limit layerBytes=BYTES';

export default class Cat extends StrataCommand {
  static override readonly summary = 'Write the content of files to standard output.';
  static override readonly description = [
    'The bytes are exactly those of the file, verified by its digest when read to the end.',
    'On a terminal, control characters of text are escaped (--raw leaves them) and binary content is refused.',
    'Symbolic links are followed inside the image only.',
    '--layer N gives the version of layer N, also of a file that a later layer replaced or removed;',
    '--deleted the last version that was, without a look at where that is.',
  ].join('\n');
  static override readonly examples = [
    { description: 'One file', command: '<%= config.bin %> <%= command.id %> demo.tar /etc/os-release' },
    {
      description: 'A file that a later layer removed',
      command: '<%= config.bin %> <%= command.id %> demo.tar /root/.deploy/token --deleted',
    },
    {
      description: 'A file as one layer has it',
      command: '<%= config.bin %> <%= command.id %> demo.tar /app/config.json --layer 5',
    },
    {
      description: 'The first bytes of a program',
      command: '<%= config.bin %> <%= command.id %> demo.tar /usr/bin/busybox --hex --head 64',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: pathsArgument() };
  static override readonly flags = {
    layer: string({ helpValue: 'N', summary: 'The version that layer N holds.', exclusive: ['deleted'] }),
    deleted: boolean({
      summary: 'The last version that the snapshot hides: removed or replaced by a later layer.',
    }),
    hex: boolean({ summary: 'Show the bytes as `hexdump -C` does.', exclusive: ['json'] }),
    head: string({ helpValue: 'BYTES', summary: 'Only the first bytes: 500, 10kB, 1MiB.' }),
    force: boolean({ summary: 'Write binary content to a terminal too, escaped.' }),
    raw: boolean({ summary: 'Write the bytes as they are to a terminal too. They may change its state.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Cat);
    const head = flags.head === undefined ? undefined : parseCount(flags.head, '--head');
    const opened = await openSnapshot(context, args.image);
    try {
      // All are looked up before the first byte is written.
      const files = list(args.path).map((path) =>
        readable(version(context, opened, path, flags, args.image), 'printing'),
      );
      const how = {
        ...flags,
        head: head ?? (context.json ? JSON_BYTES : Infinity),
        binary: 'look at it with --hex, redirect the output, or use --force',
      };
      checkSizes(files, how.head, context.limits.layerBytes, LARGE);
      const shown: object[] = [];
      await readFiles(context, opened, files, async (file, content) => {
        const part = firstBytes(content, how.head);
        if (context.json) shown.push(await contentJson(file, part));
        else await printContent(context, file, part, how);
      });
      this.settleBriefly(opened.anomalies, args.image);
      return context.json
        ? {
            image: imageJson(opened.image),
            snapshot: opened.n,
            files: shown,
            anomalies: anomaliesJson(opened.anomalies),
          }
        : undefined;
    } finally {
      await opened.close();
    }
  }
}

/** oclif says `string` of an argument that may be given several times. */
function list(argument: string | readonly string[]): readonly string[] {
  return typeof argument === 'string' ? [argument] : argument;
}

/** The file of the snapshot, or the version that one layer holds, or the last one that the snapshot hides. */
function version(
  context: Context,
  opened: OpenedSnapshot,
  path: string,
  flags: { readonly layer: string | undefined; readonly deleted: boolean },
  image: string,
): SnapshotFile {
  const { union, n } = opened;
  if (flags.deleted) {
    const { file, goneIn } = lastHiddenVersion(context, opened, path, image);
    if (file.kind !== 'symlink') return file;
    // A link leads somewhere only in a snapshot that shows it.
    if (fileAt(union, file.node, goneIn - 1)?.touch === file.touch) return typedFile(union, goneIn - 1, path);
    return fail('E_NOT_FOUND', `looking up ${path}: it was a link to ${file.link} that no snapshot shows`, {
      hint: `name what it led to: strata cat ${image} ${file.link} --deleted`,
    });
  }
  if (flags.layer === undefined) return typedFile(union, n, path);
  const layer = parseLayer(flags.layer, opened.image);
  const file = heldVersion(opened, path, layer, image);
  return file.kind === 'symlink' ? typedFile(union, layer, path) : file;
}

async function contentJson({ file }: Readable, content: Content): Promise<object> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  return {
    ...fileJson(file),
    truncated: bytes.length < file.size,
    data: utf8(bytes) ?? bytesJson(bytes),
  };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
