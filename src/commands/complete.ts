import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { historyOf } from '../layers/history/history.js';
import { resolvePath } from '../layers/union/resolve.js';
import type { Union } from '../layers/union/union.js';
import { childrenOf } from '../layers/union/walk.js';
import { sniffCompression } from '../io/codec/sniff.js';
import { parseReference } from '../model/reference.js';
import { isUtf8Name } from '../model/name.js';
import { readRefs } from '../store/refs.js';
import { StrataCommand } from './base.js';
import { wordForBash } from './complete/bash-word.js';
import { type Candidate, complete, type Images } from './complete/candidates.js';
import type { CommandShape } from './complete/command-shape.js';
import { filesHere } from './complete/files-here.js';
import type { Context } from './program/context.js';
import { openImage } from './image/open.js';
import { SHELLS } from './complete/shell-scripts.js';
import { shellWords } from './complete/shell-line.js';

export default class Complete extends StrataCommand {
  static override readonly hidden = true;
  static override readonly summary =
    'Print how a command line can go on, for the scripts of `strata autocomplete`.';
  static override readonly description = `The first line says what the shell is to do beside: 'files' offers files of this machine, 'nospace' puts no blank
behind the only candidate. Then one candidate per line; for zsh and fish a tab and a description follow.
Reads no layer: paths are known of images that were read before.`;
  static override readonly args = {
    shell: string({ required: true, options: [...SHELLS] }),
    line: string({ required: true, description: 'The command line up to the cursor.', ignoreStdin: true }),
  };
  static override readonly flags = {
    breaks: stringFlag({ default: '', summary: 'COMP_WORDBREAKS of bash.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Complete);
    const all = shellWords(args.line, context.env);
    // `sudo strata …`, `VARIABLE=value strata …`
    const words = all.slice(
      Math.max(
        0,
        all.findLastIndex(({ text }) => path.basename(text) === this.config.bin),
      ),
    );
    const current = words.at(-1);
    try {
      const completion = await complete(words, readCommands(ROOT), imagesOf(context));
      if (context.json) return completion;
      const { files, candidates } = completion;
      const texts = candidates.flatMap((candidate) => {
        const text =
          args.shell === 'bash'
            ? wordForBash(candidate.text, current, flags.breaks, context.env)
            : plain(candidate);
        return text === undefined ? [] : [{ ...candidate, text }];
      });
      const open = texts.length === 1 && texts[0].open === true;
      await context.output.lines([
        files ? 'files' : open ? 'nospace' : 'done',
        ...texts.map(({ text, about }) =>
          args.shell === 'bash' || about === undefined
            ? text
            : `${text}\t${about.replace(/[\p{C}\s]+/gu, ' ')}`,
        ),
      ]);
    } catch {
      // There is nobody to tell: the cursor stands in a command line.
      await context.output.lines(['done']);
    }
    return undefined;
  }
}

/** The same from src/commands, dist/commands and dist/program. */
const ROOT = path.join(import.meta.dirname, '../..');

function readCommands(root: string): CommandShape[] {
  const text = readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8');
  const { commands } = JSON.parse(text) as { commands: Record<string, CommandShape> };
  const help: CommandShape = {
    id: 'help',
    summary: 'Show how a command is used.',
    flags: {},
    args: { command: { name: 'command' } },
  };
  return [...Object.values(commands), help];
}

/** zsh and fish quote candidates themselves; what no terminal should get is left out. */
function plain({ text }: Candidate): string | undefined {
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(text) || !isUtf8Name(text) ? undefined : text;
}

interface Recalled {
  readonly union: Union;
  readonly n: number;
}

/** What the store knows of images. Opens those only that can be opened without unpacking anything. */
function imagesOf(context: Context): Images {
  const recall = async (name: string): Promise<Recalled | undefined> => {
    if (!opensAtOnce(name)) return undefined;
    const [{ recallImage }, { openUnion }] = await Promise.all([
      import('../layers/index/recall-image.js'),
      import('../layers/union/open-union.js'),
    ]);
    const { image, n, close } = await openImage(context, name);
    try {
      const store = await context.store();
      const indexes = await recallImage(image, store);
      return indexes === undefined ? undefined : { union: await openUnion(indexes, store), n };
    } finally {
      await close();
    }
  };
  return {
    async layers(name) {
      if (!opensAtOnce(name)) return [];
      const { image, close } = await openImage(context, name);
      try {
        const steps = new Map(historyOf(image).map((step) => [step.layer, step.instruction.text]));
        return image.layers.map(({ position }) => steps.get(position) ?? '');
      } finally {
        await close();
      }
    },
    async tags(source) {
      const reference = parseReference(source, existsSync);
      if (reference.selector !== undefined || !existsSync(reference.target) || !opensAtOnce(source))
        return [];
      const { listImages } = await import('../images/open.js');
      const options = { limits: context.limits, spoolDir: context.storePaths.cache };
      // What is no image has no tags; files of this machine may go on like it.
      const listed = await listImages(reference, options).catch(() => []);
      return [...new Set(listed.flatMap(({ nested, tags }) => (nested ? [] : tags)))];
    },
    async paths(name, typed) {
      const recalled = await recall(name);
      return recalled === undefined ? [] : pathsBelow(recalled, typed);
    },
    async stored() {
      return (await readRefs(await context.store())).flatMap((ref) => ref.name ?? []);
    },
    async containers(typed) {
      const { listContainers } = await import('../runtime/container/containers.js');
      const records = listContainers(await context.store());
      const hex = /^[0-9a-f]+$/.test(typed);
      return records.flatMap(({ id, name, command }) => {
        const about = command.join(' ');
        const ids =
          hex && id.startsWith(typed) ? [{ text: id.slice(0, Math.max(12, typed.length)), about }] : [];
        return name.startsWith(typed) ? [{ text: name, about }, ...ids] : ids;
      });
    },
    filesHere,
  };
}

/** Compressed archives would be unpacked first, and a pipe waits for its writer: not while somebody holds the Tab key. */
function opensAtOnce(name: string): boolean {
  const { transport, target } = parseReference(name, existsSync);
  if (transport === 'store' || transport === 'name') return true;
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return transport !== 'rootfs';
  if (stats?.isFile() !== true) return false;
  const head = Buffer.alloc(512);
  const descriptor = openSync(target, 'r');
  try {
    readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return transport === 'rootfs' || sniffCompression(head) === 'none';
}

function pathsBelow({ union, n }: Recalled, typed: string): Candidate[] {
  const slash = typed.lastIndexOf('/') + 1;
  const above = typed === '' ? '/' : typed.slice(0, slash);
  const directory = resolvePath(union, n, above);
  const begun = typed.slice(slash);
  const found: Candidate[] = [];
  for (const file of childrenOf(union, n, directory.node)) {
    if (!file.name.startsWith(begun)) continue;
    const text = above + file.name;
    found.push(
      leadsToDirectory(union, n, file.path, file.kind) ? { text: `${text}/`, open: true } : { text },
    );
  }
  return found;
}

function leadsToDirectory(union: Union, n: number, file: string, kind: string): boolean {
  if (kind !== 'symlink') return kind === 'directory';
  try {
    return resolvePath(union, n, file).kind === 'directory';
  } catch {
    return false;
  }
}
