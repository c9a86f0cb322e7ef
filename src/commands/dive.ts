import { existsSync } from 'node:fs';
import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { diveNumbers } from '../layers/gate/dive.js';
import { DIVE_DEFAULTS, DIVE_RULES, type DiveSettings, parseDiveCi } from '../layers/gate/dive-ci.js';
import { diveJson } from '../layers/gate/dive-json.js';
import { diveVerdict } from '../layers/gate/dive-verdict.js';
import { fail } from '../model/error.js';
import { diveLines } from '../report/dive.js';
import { escapeForTerminal } from '../report/escape.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { diveSource } from './waste/dive-source.js';
import { readConfig } from './waste/gate-files.js';
import { openSnapshot } from './image/open.js';
import { writeTextFile } from './file/text-file.js';

const VERSION = 'the command line, formulas and files of dive 0.13.1';

export default class Dive extends StrataCommand {
  static override readonly summary = "Take dive's own command line: its CI gate and its --json file.";
  static override readonly description = [
    "For pipelines that run dive: the same flags, numbers, report and exit codes (0 passed, 1 anything else), dive's mistakes included.",
    '`strata waste --check` judges the same .dive-ci without them. CI=true in the environment means --ci.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'The gate of a pipeline, as dive ran it',
      command:
        '<%= config.bin %> <%= command.id %> --ci --lowestEfficiency 0.6 --highestUserWastedPercent 0.99 docker-archive://demo.tar',
    },
    {
      description: "dive's JSON",
      command: '<%= config.bin %> <%= command.id %> docker-archive://demo.tar --json dive.json',
    },
  ];
  // `--json FILE` is dive's. The base class's type is the literal `true`.
  static override readonly enableJsonFlag = false;
  static override readonly args = {
    image: argument({
      name: 'IMAGE',
      description: 'docker-archive://FILE, docker-tar://FILE, or any name that strata reads.',
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    ci: boolean({ summary: 'Judge the image by the rules instead of showing it.' }),
    json: string({
      char: 'j',
      helpValue: 'FILE',
      summary: 'Write the analysis into the file; no rule is judged then.',
    }),
    'ci-config': string({
      helpValue: 'FILE',
      default: '.dive-ci',
      summary: "The rules. Without such a file dive's defaults hold.",
    }),
    source: string({
      helpValue: 'SOURCE',
      summary: 'What a plain IMAGE is: docker-archive. docker and podman need an archive first.',
    }),
    lowestEfficiency: string({ helpValue: 'RATIO', summary: 'Fail below that efficiency. Default: 0.9.' }),
    highestWastedBytes: string({
      helpValue: 'SIZE',
      summary: 'Fail when more is wasted. Default: disabled.',
    }),
    highestUserWastedPercent: string({
      helpValue: 'RATIO',
      summary: 'Fail when more of what the layers above the first hold is wasted. Default: 0.1.',
    }),
    'ignore-errors': boolean({ char: 'i', summary: "Taken for dive's sake; it changed its interface only." }),
    config: string({ helpValue: 'FILE', summary: "Taken for dive's sake: the settings of its interface." }),
    version: boolean({ char: 'v', summary: 'Tell which dive this follows.' }),
  };

  async run(): Promise<void> {
    if (this.argv.at(0) === 'build')
      fail('E_USAGE', "running 'dive build': strata builds no images", {
        hint: "'docker build -t app . && docker save app -o app.tar', then 'strata dive --ci docker-archive://app.tar'",
      });
    const { args, flags, context } = await this.begin(Dive);
    if (args.image === 'version' || (flags.version && args.image === undefined)) {
      await context.output.lines([`strata ${this.config.version}: ${VERSION}`]);
      return;
    }
    const { env } = context;
    const image = args.image ?? '';
    if (image === '') fail('E_USAGE', 'No image argument given', { hint: "see 'strata dive --help'" });
    const ci = flags.ci || isTrue(env.CI);
    const source = diveSource(image, flags.source ?? env.DIVE_SOURCE, existsSync);
    // oclif types a flag of this name as its own.
    const file = (flags as { readonly json: string | undefined }).json ?? '';
    if (!ci && file === '')
      fail('E_USAGE', `showing ${image}: dive's interactive view is not here`, {
        hint: `use --ci or --json FILE, or 'strata tree', 'strata layers' and 'strata waste'`,
      });
    const settings = ci ? await readSettings(context, flags) : DIVE_DEFAULTS;
    const opened = await this.#open(context, source);
    try {
      if (file !== '') this.settleBefore(opened.anomalies, source.name);
      const { union, n } = opened;
      const numbers = diveNumbers(union, n);
      const { palette } = context.terminal.stdout;
      if (file !== '') {
        await context.output.lines([palette.emphasis(`Exporting image to '${escapeForTerminal(file)}'...`)]);
        await context.output.flush();
        await writeTextFile(file, diveJson(opened.image, union, n, numbers));
      } else {
        const verdict = diveVerdict(settings, numbers);
        await context.output.lines(diveLines(numbers, verdict, palette));
        if (!verdict.passed) this.endWith(1);
      }
      if (file === '') this.settleBriefly(opened.anomalies, source.name);
    } finally {
      await opened.close();
    }
  }

  /** dive knows no other code of failure. */
  protected override async catch(thrown: Error & { exitCode?: number }): Promise<void> {
    await super.catch(thrown);
    const { exitCode } = process;
    if (exitCode !== undefined && Number(exitCode) > 1 && Number(exitCode) < 128) process.exitCode = 1;
  }

  async #open(context: Context, { shown, name }: ReturnType<typeof diveSource>) {
    const { emphasis } = context.terminal.stdout.palette;
    const how = `Extracting image from ${/^[a-z-]*(?=:)/.exec(name)?.[0] ?? 'file'}...`;
    await context.output.lines([
      `${emphasis('Image Source: ')}${escapeForTerminal(shown)}`,
      `${emphasis(how)} (this can take a while for large images)`,
    ]);
    const opened = await openSnapshot(context, name);
    await context.output.lines([emphasis('Analyzing image...')]);
    return opened;
  }
}

/** A flag wins over the file, the file over the default. */
async function readSettings(
  context: Context,
  flags: { readonly 'ci-config': string } & { readonly [K in keyof DiveSettings]: string | undefined },
): Promise<DiveSettings> {
  const file = flags['ci-config'];
  const text = readConfig(file);
  const shown =
    text === undefined ? 'Using default CI config' : `Using CI config: ${escapeForTerminal(file)}`;
  await context.output.lines([`  ${shown}`]);
  const given = text === undefined ? {} : parseDiveCi(text, file).settings;
  const settings: Record<string, string> = {};
  for (const rule of DIVE_RULES) settings[rule] = flags[rule] ?? given[rule] ?? DIVE_DEFAULTS[rule];
  return settings as unknown as DiveSettings;
}

/** Go's strconv.ParseBool. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text);
}
