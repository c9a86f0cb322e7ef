import { string } from '@oclif/core/args';
import { option } from '@oclif/core/flags';
import { explore } from '../tui/explore.js';
import { createKeymap, PROFILES } from '../tui/keys/keymap.js';
import { THEME_NAMES, type ThemeName } from '../tui/rows/theme.js';
import { snapshotArgument } from './args.js';
import { StrataCommand } from './base.js';
import type { Context } from './context.js';
import { findConfig } from './explore-config.js';
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
    const opened = await openImage(context, args.image);
    const other = args.other === undefined ? undefined : await openImage(context, args.other);
    try {
      const looked = lookedAt(opened, context);
      const beside = other === undefined ? undefined : besideOf(other, context);
      await explore({
        ...looked,
        other: beside?.other,
        signal: context.signal,
        input: process.stdin,
        output: process.stdout,
        utf8: context.terminal.utf8,
        start: {
          ...looked.start,
          other: beside?.start,
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
        },
      });
    } finally {
      await Promise.all([opened.close(), other?.close()]);
    }
    return undefined;
  }
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
