import { string } from '@oclif/core/args';
import { option } from '@oclif/core/flags';
import { explore, type ExploreOptions } from '../tui/explore.js';
import { createKeymap, PROFILES } from '../tui/keys/keymap.js';
import { THEME_NAMES, type ThemeName } from '../tui/rows/theme.js';
import { StrataCommand } from './base.js';
import { optionalSnapshotArgument } from './flags/args.js';
import { fail, StrataError } from '../model/error.js';
import type { StoredRow } from '../tui/start/stored-row.js';
import type { Context } from './program/context.js';
import { EntryReady, type GoOn, takeGoOn, whereFrom } from './explore/as-root.js';
import { configMessage, findConfig } from './explore/config.js';
import { bisectLater, containersLater } from './explore/later.js';
import { createStepIn, type ReadLayers, stillThere } from './explore/step-in.js';
import { isInteractive } from './program/interactive.js';
import { besideOf, lookedAt } from './explore/looked-at.js';
import { openImage } from './image/open.js';

export default class Explore extends StrataCommand {
  static override readonly summary = 'Look around in an image: layers, files, what changed, what is wasted.';
  static override readonly description = [
    'A screen with the layers beside the files of the snapshot after each of them; ? shows the keys (docs/keys.md).',
    'Without an image it begins with a list of those in the store; of a file with several with a list of them.',
    'Without a terminal, with TERM=dumb and in CI it prints what `strata inspect` (or `strata images`) does.',
    'Keys and looks are in $XDG_CONFIG_HOME/strata/config.yaml; ~/.dive.yaml is understood.',
  ].join('\n');
  static override readonly examples = [
    { description: 'An image', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    {
      description: "Beginning with layer 3, with dive's keys",
      command: '<%= config.bin %> <%= command.id %> demo.tar@3 --profile dive',
    },
    { description: 'One of the images in the store', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Two images beside each other',
      command: '<%= config.bin %> <%= command.id %> demo.tar@5 demo.tar',
    },
  ];
  static override readonly args = {
    image: optionalSnapshotArgument(),
    other: string({
      name: 'OTHER',
      description: 'A second image: = shows how it differs.',
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    profile: option({ options: PROFILES })({ summary: "Keys: strata's own, or those of dive." }),
    theme: option({ options: THEME_NAMES })({
      summary: 'Colours. Default: dark; mono where NO_COLOR is set or colours are off.',
    }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Explore);
    if (context.json || !isInteractive(context.env, process.stdin, process.stdout)) {
      this.releaseInterrupts();
      if (!context.json && process.stdout.isTTY && !process.stdin.isTTY)
        context.log.info(withoutKeys(args.image));
      const { default: plain } =
        args.image === undefined ? await import('./images.js') : await import('./inspect.js');
      await plain.start(withoutOwn(this.argv, args.other), this.config);
      return undefined;
    }
    const found = await findConfig(context.env, flags.profile === 'dive');
    const { config } = found;
    const profile = flags.profile ?? config.profile ?? 'strata';
    const settings: Settings = {
      keymap: createKeymap(profile, config.keys),
      theme: themeOf(context, flags.theme, config.theme),
      sort: config.sort,
      hide: config.hide,
      unfolded: config.unfolded,
      attributes: config.attributes,
      message: configMessage(found),
    };
    const goOn = takeGoOn(process.env);
    const first = goOn?.image ?? args.image ?? (await chosenOfStore(context, settings));
    const given = { flags: passedOn(flags), made: new Map<string, string>() };
    try {
      const beside = first === args.image ? args.other : undefined;
      let next =
        first === undefined
          ? undefined
          : await exploreFirst(context, first, settings, { ...given, beside, goOn });
      while (next !== undefined) next = await exploreOne(context, next, settings, given);
    } catch (thrown) {
      // Who was asked to end meanwhile does not begin again.
      if (thrown instanceof EntryReady) context.signal.throwIfAborted();
      throw thrown;
    } finally {
      for (const name of await stillThere(context, given.made))
        context.log.info(`container ${name} is kept: strata changes ${name}, strata rm ${name}`);
    }
    return undefined;
  }

  protected override async catch(thrown: Error): Promise<void> {
    if (thrown instanceof EntryReady) thrown.enter();
    await super.catch(thrown);
  }
}

/** Returns how the image is opened that was chosen of those in the store; undefined when none was. */
async function chosenOfStore(context: Context, settings: Settings): Promise<string | undefined> {
  const { storedRows } = await import('./explore/stored.js');
  return chosen(context, await storedRows(context), settings);
}

async function chosen(
  { signal, terminal }: Context,
  rows: readonly StoredRow[],
  { keymap, theme }: Settings,
  file?: string,
): Promise<string | undefined> {
  const { chooseImage } = await import('../tui/start/choose-image.js');
  const { stdin: input, stdout: output } = process;
  return chooseImage({ rows, file, keymap, theme, signal, input, output, utf8: terminal.utf8 });
}

/** Explores what was asked for; where that is several images, the one that is chosen of them. */
async function exploreFirst(
  context: Context,
  name: string,
  settings: Settings,
  given: Given,
): Promise<string | undefined> {
  try {
    return await exploreOne(context, name, settings, given);
  } catch (thrown) {
    if (!(thrown instanceof StrataError) || thrown.code !== 'E_AMBIGUOUS') throw thrown;
    const { imagesAmong } = await import('./explore/among.js');
    const rows = await imagesAmong(context, name);
    // Then something else was: the second image, or the snapshot.
    if (rows.length < 2) throw thrown;
    const one = await chosen(context, rows, settings, name);
    return one === undefined ? undefined : exploreOne(context, one, settings, given);
  }
}

type Settings = Pick<
  ExploreOptions['start'],
  'keymap' | 'theme' | 'sort' | 'hide' | 'unfolded' | 'attributes' | 'message'
>;

interface Given {
  /** The flags that say which image is meant and what it may cost. */
  readonly flags: readonly string[];
  /** Names of containers that were made, by their ids. */
  readonly made: Map<string, string>;
  readonly beside?: string | undefined;
  readonly goOn?: GoOn | undefined;
}

/** Explores an image until that is left; returns the one to go on with, if there is one. */
async function exploreOne(
  context: Context,
  name: string,
  settings: Settings,
  { flags, made, beside, goOn }: Given,
): Promise<string | undefined> {
  const asked = await openImage(context, name);
  if (asked.n === 0 && asked.image.layers.length > 0) {
    await asked.close();
    fail('E_SNAPSHOT_RANGE', `exploring ${name}: nothing is there before the first layer`, {
      hint: 'write @1 for the base, or leave the @ out',
    });
  }
  const { n, begin, stepped } = whereFrom(goOn, asked);
  const opened = { ...asked, n };
  const other = beside === undefined ? undefined : await openImage(context, beside);
  const read = createRead();
  const leaving = new AbortController();
  const leave = (ready: EntryReady): void => leaving.abort(ready);
  try {
    const looked = lookedAt(opened, context);
    const second = other === undefined ? undefined : besideOf(other, context);
    return await explore({
      ...looked,
      load: { ...looked.load, onRead: read.onRead },
      other: second?.other,
      stepIn: createStepIn(context, opened, name, read.layers, { leave, made }),
      containers: containersLater(context),
      bisect: bisectLater(context, name, flags),
      signal: AbortSignal.any([context.signal, leaving.signal]),
      begin,
      input: process.stdin,
      output: process.stdout,
      utf8: context.terminal.utf8,
      start: { ...looked.start, ...settings, other: second?.start, stepped },
    });
  } finally {
    await Promise.all([opened.close(), other?.close()]);
  }
}

/** What the explorer reads of its layers, for who waits for it. */
function createRead() {
  let settle: (read: Awaited<ReadLayers>) => void = () => undefined;
  const layers: ReadLayers = new Promise((resolve) => (settle = resolve));
  return {
    layers,
    onRead: (...[all, union]: Parameters<NonNullable<ExploreOptions['load']['onRead']>>): void => {
      settle({ layers: all, union });
    },
  };
}

/** Why somebody who asks for it in front of a terminal gets no screen. */
function withoutKeys(image: string | undefined): string {
  const why = 'standard input is no terminal to read keys from: this is the plain report';
  return image === '-' ? `${why}; keep the image: strata copy - store:NAME, then strata explore NAME` : why;
}

/** Without colours the theme is mono, whatever the configuration says; what was typed counts first. */
function themeOf(
  context: Context,
  typed: ThemeName | undefined,
  configured: ThemeName | undefined,
): ThemeName {
  if (typed !== undefined) return typed;
  return context.terminal.stdout.palette.level === 0 ? 'mono' : (configured ?? 'dark');
}

/** The command line as `inspect` understands it. */
function withoutOwn(argv: readonly string[], other: string | undefined): string[] {
  const kept: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--profile' || argv[i] === '--theme') i += 1;
    else if (!/^--(profile|theme)=/.test(argv[i])) kept.push(argv[i]);
  }
  // It comes behind the image, which may be the same.
  return other === undefined ? kept : kept.toSpliced(kept.lastIndexOf(other), 1);
}

/** The flags that say which image is meant and what it may cost, for another command. */
function passedOn(flags: object): string[] {
  const { platform, limit } = flags as { platform?: string; limit?: readonly string[] };
  return [
    ...(platform === undefined ? [] : [`--platform=${platform}`]),
    ...(limit ?? []).map((one) => `--limit=${one}`),
  ];
}
