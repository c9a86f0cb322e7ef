import type { CommandShape, FlagShape } from './command-shape.js';
import { firstWord, readPositions } from './positions.js';
import type { ShellWord } from './shell-line.js';

/** One way to go on. */
export interface Candidate {
  readonly text: string;
  readonly about?: string;
  /** More is to be typed behind it: no blank follows. */
  readonly open?: boolean;
}

export interface Completion {
  /** The shell is to offer files of this machine; then there are no candidates. */
  readonly files: boolean;
  readonly candidates: readonly Candidate[];
}

/** What completion asks about images and files. Every answer is quick: nothing of a layer is ever read for it. */
export interface Images {
  /** The layers of an image that can be opened without reading one, base first, each with what made it. */
  layers(image: string): Promise<readonly string[]>;
  /** The paths below the directory of `typed`, which begins like them, when the image was read before. */
  paths(image: string, typed: string): Promise<readonly Candidate[]>;
  /** The tags of an archive or a directory that can be opened without unpacking; none of anything else. */
  tags(source: string): Promise<readonly string[]>;
  /** Names of images in the store. */
  stored(): Promise<readonly string[]>;
  /** Containers by their names, and with what they are about; by ids those that `typed` begins. */
  containers(typed: string): Promise<readonly Candidate[]>;
  /** The files of the current directory that begin so. */
  filesHere(typed: string): readonly Candidate[];
}

const NOTHING: Completion = { files: false, candidates: [] };
const FILES: Completion = { files: true, candidates: [] };
/** Flags whose value is a path of this machine. */
const FILE_FLAGS: ReadonlySet<string> = new Set(['output', 'into', 'config', 'ci-config', 'junit', 'script']);
/** Arguments that name an image. */
const IMAGE_ARGUMENTS: ReadonlySet<string> = new Set(['image', 'images', 'a', 'b', 'target']);
/** Arguments that name a container, and those of `cp`, which may. */
const CONTAINER_ARGUMENTS: ReadonlySet<string> = new Set(['container', 'containers']);
const COPY_ARGUMENTS: ReadonlySet<string> = new Set(['source', 'destination']);
/** Flags whose value is the number of a layer. */
const LAYER_FLAGS: ReadonlySet<string> = new Set(['layer', 'version', 'good', 'bad']);
const DEFAULT_COMMAND = 'inspect';
const DESTINATIONS = ['docker-archive:', 'oci:', 'oci-archive:', 'dir:', 'store:'];
const TRANSPORTS = [...DESTINATIONS, 'rootfs:'];

/** Returns how the last of the words can go on; the first one is the program. */
export async function complete(
  words: readonly ShellWord[],
  commands: readonly CommandShape[],
  images: Images,
): Promise<Completion> {
  const current = words.at(-1);
  if (current?.known !== true || words.length < 2) return FILES;
  const before = words.slice(1, -1);
  const globals = commands.find(({ id }) => id === DEFAULT_COMMAND)?.flags ?? {};
  const at = firstWord(before, globals);
  const first = before.at(at)?.text;
  if (first === undefined || at >= before.length) {
    if (current.text.startsWith('-')) return flagNames(globals, before, current.text);
    const named = commands.filter(({ id, hidden }) => hidden !== true && id.startsWith(current.text));
    return named.length > 0
      ? { files: false, candidates: named.map(({ id, summary }) => ({ text: id, ...about(summary) })) }
      : completeImage(current.text, false, images);
  }
  const command = commands.find(({ id }) => id === first);
  const shape = command ?? commands.find(({ id }) => id === DEFAULT_COMMAND);
  if (shape === undefined) return FILES;
  const line = [...before.slice(0, at), ...before.slice(command === undefined ? at : at + 1)];
  return completeArgument(shape, line, current, images, commands);
}

async function completeArgument(
  { id, flags, args }: CommandShape,
  before: readonly ShellWord[],
  current: ShellWord,
  images: Images,
  commands: readonly CommandShape[],
): Promise<Completion> {
  const { positional, pending, ended } = readPositions(before, flags);
  const image = positional.at(0);
  if (pending !== undefined) return flagValue(pending, current.text, '', image, images);
  if (!ended && current.text.startsWith('-') && current.text !== '-') {
    const equals = current.text.indexOf('=');
    const flag = equals === -1 ? undefined : flags[current.text.slice(2, equals)];
    if (flag !== undefined)
      return flagValue(
        flag,
        current.text.slice(equals + 1),
        current.text.slice(0, equals + 1),
        image,
        images,
      );
    return flagNames(flags, before, current.text);
  }
  const shapes = Object.values(args);
  const last = shapes.at(-1);
  const shape = shapes.at(positional.length) ?? (last?.multiple === true ? last : undefined);
  if (shape === undefined) return NOTHING;
  if (shape.options !== undefined) return choices(shape.options, current.text, '');
  if (IMAGE_ARGUMENTS.has(shape.name)) return completeImage(current.text, true, images);
  if (CONTAINER_ARGUMENTS.has(shape.name))
    return { files: false, candidates: await images.containers(current.text) };
  if (id === 'tag') return shape.name === 'source' ? completeStored(current.text, images) : NOTHING;
  if (id === 'copy') return completeDestination(current.text, images);
  if (COPY_ARGUMENTS.has(shape.name)) return completeCopy(current.text, images);
  if (shape.name === 'command')
    return choices(
      commands.filter((one) => one.hidden !== true).map(({ id }) => id),
      current.text,
      '',
    );
  if (shape.name === 'path' && image !== undefined)
    return { files: false, candidates: await images.paths(image, current.text) };
  return NOTHING;
}

async function flagValue(
  flag: FlagShape,
  typed: string,
  prefix: string,
  image: string | undefined,
  images: Images,
): Promise<Completion> {
  if (flag.options !== undefined) return choices(flag.options, typed, prefix);
  if (FILE_FLAGS.has(flag.name)) return FILES;
  if (!LAYER_FLAGS.has(flag.name) || image === undefined) return NOTHING;
  const layers = await images.layers(image);
  return {
    files: false,
    candidates: layers
      .map((made, i) => ({ text: prefix + String(i + 1), ...about(made) }))
      .filter(({ text }) => text.startsWith(prefix + typed)),
  };
}

function flagNames(
  flags: Readonly<Record<string, FlagShape>>,
  before: readonly ShellWord[],
  typed: string,
): Completion {
  const used = new Set(before.map(({ text }) => text.replace(/=.*/s, '')));
  const fitting = Object.values(flags).filter(
    ({ name, char, hidden, multiple }) =>
      hidden !== true &&
      `--${name}`.startsWith(typed) &&
      (multiple === true || !(used.has(`--${name}`) || (char !== undefined && used.has(`-${char}`)))),
  );
  return {
    files: false,
    candidates: fitting.map(({ name, summary }) => ({ text: `--${name}`, ...about(summary) })),
  };
}

function choices(options: readonly string[], typed: string, prefix: string): Completion {
  const fitting = options.filter((option) => option.startsWith(typed));
  return { files: false, candidates: fitting.map((option) => ({ text: prefix + option })) };
}

/** A file of this machine; behind its `:` a tag, behind `@` a layer; with none in sight a transport or an image of the store. */
async function completeImage(typed: string, snapshots: boolean, images: Images): Promise<Completion> {
  const split = /^(.+)@(-?\d*)$/s.exec(typed);
  if (snapshots && split !== null) {
    const layers = await images.layers(split[1]);
    const candidates = layers
      .map((made, i) => ({ text: `${split[1]}@${String(i + 1)}`, ...about(made) }))
      .filter(({ text }) => text.startsWith(typed));
    if (candidates.length > 0) return { files: false, candidates };
  }
  // A path may hold colons, and so may a tag.
  for (let at = typed.lastIndexOf(':'); at > 0; at = typed.lastIndexOf(':', at - 1)) {
    const source = typed.slice(0, at);
    const fitting = (await images.tags(source))
      .map((tag) => ({ text: `${source}:${tag}` }))
      .filter(({ text }) => text.startsWith(typed));
    if (fitting.length > 0) return { files: false, candidates: fitting };
  }
  if (!/^[a-z0-9]/.test(typed)) return FILES;
  const { candidates } = begun([...TRANSPORTS, ...(await storedNames(typed, images))], typed);
  return besideFiles(candidates, typed, images);
}

/** Names beside the files of the current directory that begin alike; without a name the shell itself offers files. */
function besideFiles(names: readonly Candidate[], typed: string, images: Images): Completion {
  return names.length > 0 ? { files: false, candidates: [...names, ...images.filesHere(typed)] } : FILES;
}

/** An image of the store. */
async function completeStored(typed: string, images: Images): Promise<Completion> {
  return begun(await storedNames(typed, images), typed);
}

/** A transport that can be written; behind `store:` a name that is there, behind another a file of this machine. */
async function completeDestination(typed: string, images: Images): Promise<Completion> {
  if (typed.startsWith('store:')) return completeStored(typed, images);
  return typed.includes(':') ? FILES : begun(DESTINATIONS, typed);
}

/** Names of the store's images as they are typed: with the transport, or without. */
async function storedNames(typed: string, images: Images): Promise<readonly string[]> {
  const names = [...new Set(await images.stored())];
  return typed.startsWith('store:') ? names.map((name) => `store:${name}`) : names;
}

/** Those that go on like what was typed; what ends with a colon goes on. */
function begun(names: readonly string[], typed: string): Completion {
  return {
    files: false,
    candidates: names
      .filter((name) => name.startsWith(typed) && name !== typed)
      .map((text) => ({ text, open: text.endsWith(':') })),
  };
}

/** A file of this machine, or a container with the colon that its path follows. */
async function completeCopy(typed: string, images: Images): Promise<Completion> {
  if (typed === '') return FILES;
  const candidates = (await images.containers(typed)).map(({ text, ...more }) => ({
    ...more,
    text: `${text}:`,
    open: true,
  }));
  return besideFiles(candidates, typed, images);
}

function about(text: string | undefined): { about?: string } {
  return text === undefined ? {} : { about: text.split('\n')[0] };
}
