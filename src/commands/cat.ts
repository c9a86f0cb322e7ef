import { boolean, string } from '@oclif/core/flags';
import type { Content } from '../layers/content.js';
import { decodeText } from '../layers/content-diff.js';
import type { SnapshotFile } from '../layers/snapshot-file.js';
import { fail } from '../model/error.js';
import { anomaliesJson } from '../report/anomalies.js';
import { hexdumpLines } from '../report/hexdump.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { bytesJson } from '../report/json.js';
import { createTextPrinter } from '../report/text.js';
import { pathsArgument, snapshotArgument } from './args.js';
import { StrataCommand } from './base.js';
import { firstBytes, readable, type Readable, readFiles } from './contents.js';
import type { Context } from './context.js';
import { stopIfAborted } from './failure.js';
import { parseLayer } from './layer-number.js';
import { heldVersion } from './held-version.js';
import { openSnapshot, type OpenedSnapshot } from './open.js';
import { parseCount } from './quantity.js';
import { typedFile } from './typed-path.js';

/** Bytes of each file that `--json` gives unless `--head` says more. */
const JSON_BYTES = 1024 * 1024;
/** Bytes that tell whether a file is text. */
const PEEK = 8192;

export default class Cat extends StrataCommand {
  static override readonly summary = 'Write the content of files to standard output.';
  static override readonly description = [
    'The bytes are exactly those of the file, verified by its digest when read to the end.',
    'On a terminal, control characters of text are escaped (--raw leaves them) and binary content is refused.',
    'Symbolic links are followed inside the image only.',
    '--layer N gives the version of layer N, also of a file that a later layer replaced or removed.',
  ].join('\n');
  static override readonly examples = [
    { description: 'One file', command: '<%= config.bin %> <%= command.id %> demo.tar /etc/os-release' },
    {
      description: 'A file that a later layer removed',
      command: '<%= config.bin %> <%= command.id %> demo.tar /root/.deploy/token --layer 6',
    },
    {
      description: 'The first bytes of a program',
      command: '<%= config.bin %> <%= command.id %> demo.tar /usr/bin/busybox --hex --head 64',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: pathsArgument() };
  static override readonly flags = {
    layer: string({ helpValue: 'N', summary: 'The version that layer N holds.' }),
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
        readable(version(opened, path, flags.layer, args.image), 'printing'),
      );
      const how = { ...flags, head: head ?? (context.json ? JSON_BYTES : Infinity) };
      checkSizes(files, how.head, context.limits.layerBytes);
      const shown: object[] = [];
      await readFiles(context, opened, files, async (file, content) => {
        const part = firstBytes(content, how.head);
        if (context.json) shown.push(await contentJson(file, part));
        else await print(context, file, part, how);
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

interface How {
  readonly head: number;
  readonly hex: boolean;
  readonly force: boolean;
  readonly raw: boolean;
}

/** A few bytes of an image can state petabytes of holes, and would fill any disk with their zeros. */
function checkSizes(files: readonly Readable[], head: number, limit: number): void {
  let bytes = 0;
  for (const { file } of files) {
    bytes += Math.min(file.size, head);
    if (bytes > limit)
      fail('E_LIMIT', `printing ${file.path}: ${String(bytes)} bytes, over the limit of ${String(limit)}`, {
        hint: 'strata extract keeps holes; or print its beginning with --head, or raise --limit layerBytes=BYTES',
      });
  }
}

/** oclif says `string` of an argument that may be given several times. */
function list(argument: string | readonly string[]): readonly string[] {
  return typeof argument === 'string' ? [argument] : argument;
}

/** The file of the snapshot, or the version that one layer holds. */
function version(
  opened: OpenedSnapshot,
  path: string,
  layerText: string | undefined,
  image: string,
): SnapshotFile {
  const { union, n } = opened;
  if (layerText === undefined) return typedFile(union, n, path);
  const layer = parseLayer(layerText, opened.image);
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

async function print(context: Context, { file }: Readable, content: Content, how: How): Promise<void> {
  const { output, terminal, signal } = context;
  if (how.hex) return printHex(context, content);
  if (!terminal.stdout.isTTY || how.raw) {
    for await (const chunk of content) {
      stopIfAborted(signal);
      await output.write(chunk);
    }
    return;
  }
  const printer = createTextPrinter();
  let first = !how.force;
  for await (const chunk of content) {
    if (first && decodeText(wholeCharacters(chunk.subarray(0, PEEK))) === undefined)
      fail('E_BINARY_TO_TERMINAL', `printing ${file.path}: it is binary`, {
        hint: 'look at it with --hex, redirect the output, or use --force',
      });
    first = false;
    stopIfAborted(signal);
    await output.write(printer.push(chunk));
  }
  await output.write(printer.end());
}

/** Leaves out a character that the end of the bytes splits. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  for (let back = 0; back < 3 && end > 0 && (bytes[end - 1] & 0xc0) === 0x80; back++) end--;
  return end > 0 && bytes[end - 1] >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}

async function printHex({ output, signal }: Context, content: Content): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of content) {
    stopIfAborted(signal);
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 16);
    await output.lines(hexdumpLines(bytes.subarray(0, whole), offset));
    offset += whole;
    rest = Buffer.from(bytes.subarray(whole));
  }
  await output.lines(hexdumpLines(rest, offset));
}
