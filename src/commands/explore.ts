import { string } from '@oclif/core/args';
import { option } from '@oclif/core/flags';
import { explore, type ExploreOptions } from '../tui/explore.js';
import { createKeymap, PROFILES } from '../tui/keys/keymap.js';
import { THEME_NAMES, type ThemeName } from '../tui/rows/theme.js';
import { snapshotArgument } from './args.js';
import { StrataCommand } from './base.js';
import type { Context } from './context.js';
import { exploreBisect } from './explore-bisect.js';
import { findConfig } from './explore-config.js';
import { createStepIn, type ReadLayers } from './explore-step-in.js';
import { exploreContainers } from './explore-containers.js';
import { isInteractive } from './interactive.js';
import { besideOf, lookedAt } from './looked-at.js';
import { openImage } from './open.js';

export default class Explore extends StrataCommand {
  static override readonly summary = 'Look around in an image: layers, files, what changed, what is wasted.';
  static override readonly description = [
    'A screen with the layers beside the files of the snapshot after each of them; ? shows the keys (docs/keys.md).',
    'Without a terminal, with TERM=dumb and in CI it prints what `strata inspect` does.',
    'Keys and looks are in $XDG_CONFIG_HOME/strata/config.yaml; ~/.dive.yaml is understood.',
  ].join('\n');
  static override readonly examples = [
    { description: 'An image', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    {
      description: "Beginning with layer 3, with dive's keys",
      command: '<%= config.bin %> <%= command.id %> demo.tar@3 --profile dive',
    },
    {
      description: 'Two images beside each other',
      command: '<%= config.bin %> <%= command.id %> demo.tar@5 demo.tar',
    },
  ];
  static override readonly args = {
    image: snapshotArgument(),
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
      const { default: Inspect } = await import('./inspect.js');
      await Inspect.start(withoutOwn(this.argv, args.other), this.config);
      return undefined;
    }
    const { config, file } = await findConfig(context.env, flags.profile === 'dive');
    const profile = flags.profile ?? config.profile ?? 'strata';
    const settings: Settings = {
      keymap: createKeymap(profile, config.keys),
      theme: themeOf(context, flags.theme, config.theme),
      sort: config.sort,
      hide: config.hide,
      unfolded: config.unfolded,
      attributes: config.attributes,
      message:
        config.problems.length === 0
          ? undefined
          : { text: `${file ?? ''}: ${config.problems[0]}`, role: 'warning' },
    };
    const given = passedOn(flags);
    let next = await exploreOne(context, args.image, args.other, settings, given);
    while (next !== undefined) next = await exploreOne(context, next, undefined, settings, given);
    return undefined;
  }
}

type Settings = Pick<
  ExploreOptions['start'],
  'keymap' | 'theme' | 'sort' | 'hide' | 'unfolded' | 'attributes' | 'message'
>;

/** Explores an image until that is left; returns the one to go on with, if there is one. */
async function exploreOne(
  context: Context,
  name: string,
  beside: string | undefined,
  settings: Settings,
  /** The flags that say which image is meant and what it may cost. */
  given: readonly string[],
): Promise<string | undefined> {
  const opened = await openImage(context, name);
  const other = beside === undefined ? undefined : await openImage(context, beside);
  const read = createRead();
  const { stepIn, kept } = createStepIn(context, opened, name, read.layers);
  try {
    const looked = lookedAt(opened, context);
    const second = other === undefined ? undefined : besideOf(other, context);
    return await explore({
      ...looked,
      load: { ...looked.load, onRead: read.onRead },
      other: second?.other,
      stepIn,
      containers: exploreContainers(context),
      bisect: exploreBisect(context, name, given),
      signal: context.signal,
      input: process.stdin,
      output: process.stdout,
      utf8: context.terminal.utf8,
      start: { ...looked.start, ...settings, other: second?.start },
    });
  } finally {
    await Promise.all([opened.close(), other?.close()]);
    for (const container of await kept())
      context.log.info(`container ${container} is kept: strata changes ${container}, strata rm ${container}`);
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
