import { existsSync } from 'node:fs';
import { Flags } from '@oclif/core';
import { fail } from '../model/error.js';
import type { ExecutionConfig } from '../model/image-config.js';
import { type Image, type Sibling, storedBytes } from '../model/image.js';
import { formatPlatform } from '../model/platform.js';
import { anomaliesJson } from '../report/anomalies.js';
import { formatBytes, plural } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import type { Palette } from '../report/colour.js';
import { containerFields } from '../report/container.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { formatFields } from '../report/table.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { bytesFlag } from './flags/flags.js';
import type { NamedContainer } from './container/inspect-container.js';
import { openImage, type OpenedImage, sourceAnomalies } from './image/open.js';

const TYPES = ['image', 'container'] as const;
const RAW = ['manifest', 'config', 'index'] as const;

export default class Inspect extends StrataCommand {
  static override readonly summary =
    'Show what an image or a container is: platform, layers, configuration; state, limits, mounts.';
  static override readonly description =
    'Of an image reads manifest and configuration only, no layer; `strata IMAGE` alone does the same. A name or id of a container shows that, if no file is called so.';
  static override readonly examples = [
    { description: 'A summary', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    {
      description: 'The configuration exactly as stored',
      command: '<%= config.bin %> <%= command.id %> demo.tar --raw config',
    },
    {
      description: 'The image for another platform of a multi-platform layout',
      command: '<%= config.bin %> <%= command.id %> multi-oci --platform linux/arm64',
    },
    {
      description: 'What became of a container',
      command:
        '<%= config.bin %> run --name tried --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> tried && <%= config.bin %> rm tried',
    },
  ];
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = {
    raw: Flags.option({ options: RAW })({
      summary: 'Print the manifest, the configuration or the index byte for byte.',
      exclusive: ['json'],
    }),
    type: Flags.option({ options: TYPES })({ summary: 'What the name is of. Default: whatever there is.' }),
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Inspect);
    if (flags.type !== 'image') {
      const found = await containerOf(context, args.image, flags.type === 'container');
      if (found !== undefined) return showContainer(found, flags.raw, context);
    }
    const opened = await openImage(context, args.image);
    try {
      const { image, n } = opened;
      if (flags.raw !== undefined) {
        await writeRaw(image, flags.raw, context);
        return undefined;
      }
      const log = sourceAnomalies(image);
      if (!context.json)
        await context.output.lines(summary(opened, context.terminal.stdout.palette, flags.bytes));
      this.settle(log);
      return toJson(image, n, anomaliesJson(log));
    } finally {
      await opened.close();
    }
  }
}

/** What a container may be called, or how its id begins. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Loads nothing that an image does not need, unless the word may name a container. */
async function containerOf(
  context: Context,
  word: string,
  demanded: boolean,
): Promise<NamedContainer | undefined> {
  if (!demanded && (!NAME.test(word) || existsSync(word))) return undefined;
  const { namedContainer } = await import('./container/inspect-container.js');
  return namedContainer(context, word, demanded);
}

async function showContainer(
  { place, record }: NamedContainer,
  raw: string | undefined,
  { json, output, terminal }: Context,
): Promise<object> {
  if (raw !== undefined) fail('E_USAGE', `printing the ${raw} of ${record.name}: that is a container`);
  const { inspectContainer } = await import('./container/inspect-container.js');
  const shown = await inspectContainer(place, record);
  if (!json) await output.lines(containerFields(shown, terminal.stdout.palette));
  return { container: shown };
}

async function writeRaw(image: Image, which: (typeof RAW)[number], context: Context): Promise<void> {
  const bytes = { manifest: image.rawManifest, config: image.rawConfig, index: image.rawIndex }[which];
  if (bytes === undefined)
    fail('E_NOT_FOUND', `printing the ${which} of ${image.name}: a ${image.transport} image has none`);
  if (!context.terminal.stdout.isTTY) return context.output.write(bytes);
  return context.output.write(`${escapeForTerminal(Buffer.from(bytes).toString(), { newlines: 'keep' })}\n`);
}

function summary({ image, n }: OpenedImage, palette: Palette, exact: boolean): string[] {
  const { config } = image;
  const layers = image.layers.slice(0, n);
  const fields: (readonly [string, Cell | readonly Cell[]])[] = [];
  const add = (label: string, value: Cell | readonly Cell[] | undefined): void => {
    if (value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0))
      fields.push([label, value]);
  };
  const stored = storedBytes(layers);
  const absent = layers.filter((layer) => layer.content.kind === 'absent').length;
  add('Image', { text: image.name, style: palette.emphasis });
  add('Tags', image.tags);
  add('Digest', image.descriptor?.digest);
  add('Platform', image.platform === undefined ? undefined : formatPlatform(image.platform));
  add('Created', config.created);
  add('Author', config.author);
  if (n < image.layers.length)
    add(
      'Snapshot',
      `after layer ${String(n)} of ${String(image.layers.length)}; all else is of the whole image`,
    );
  add(
    'Layers',
    `${plural(layers.length, 'layer')}, ${formatBytes(stored, exact)} stored${absent === 0 ? '' : `, ${String(absent)} not here`}`,
  );
  addExecution(config.execution, add);
  add(
    'Annotations',
    [...image.annotations].map(([name, value]) => `${name}=${value}`),
  );
  add('Also there', image.siblings.map(siblingText));
  return formatFields(fields, palette.heading);
}

function addExecution(
  execution: ExecutionConfig,
  add: (label: string, value: Cell | readonly Cell[]) => void,
): void {
  const words = (list: readonly string[]): string => (list.length === 0 ? '' : JSON.stringify(list));
  add('User', execution.user);
  add('Entrypoint', words(execution.entrypoint));
  add('Cmd', words(execution.cmd));
  add('Directory', execution.workingDir);
  add('Env', execution.env);
  add('Ports', execution.exposedPorts.join(', '));
  add('Volumes', execution.volumes);
  add('Stop signal', execution.stopSignal);
  add('Shell', words(execution.shell));
  add('On build', execution.onBuild);
  add('Health', execution.healthcheck === undefined ? '' : JSON.stringify(execution.healthcheck));
  add(
    'Labels',
    [...execution.labels].map(([name, value]) => `${name}=${value}`),
  );
}

function siblingText({ role, platform, tags, descriptor, present }: Sibling): string {
  const what = platform === undefined ? descriptor.mediaType : formatPlatform(platform);
  const name = tags.length === 0 ? '' : ` (${tags.join(', ')})`;
  return `${role} ${what} ${descriptor.digest}${name}${present ? '' : ', not here'}`;
}

function toJson(image: Image, n: number, anomalies: readonly object[]): object {
  const { config } = image;
  const layers = image.layers.slice(0, n);
  return {
    image: imageJson(image),
    snapshot: n,
    created: config.created ?? null,
    author: config.author,
    architecture: config.architecture,
    os: config.os,
    storedBytes: storedBytes(layers),
    config: config.execution,
    annotations: image.annotations,
    layers: layers.map(({ position, mediaType, digest, diffID, size, content }) => ({
      layer: position,
      mediaType,
      digest: digest ?? null,
      diffID: diffID ?? null,
      storedBytes: size ?? null,
      absent: content.kind === 'absent' ? content.why : null,
    })),
    siblings: image.siblings.map(({ descriptor, role, platform, tags, present }) => ({
      role,
      digest: descriptor.digest,
      mediaType: descriptor.mediaType,
      size: descriptor.size,
      platform: platform ?? null,
      tags,
      present,
    })),
    anomalies,
  };
}
