import { boolean, integer, string } from '@oclif/core/flags';
import { string as stringArgument } from '@oclif/core/args';
import type { Content } from '../layers/read/content.js';
import { compileGlob, type PathMatcher } from '../layers/search/glob.js';
import { grepContent, matcherOf } from '../layers/search/grep.js';
import { compilePattern } from '../layers/search/regex.js';
import { searchedFiles, type SearchedFile, type SearchScope } from '../layers/search/searched.js';
import type { Union } from '../layers/union/union.js';
import { anomaliesJson } from '../report/anomalies.js';
import { imageJson } from '../report/image.js';
import { openJsonList } from '../report/json.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { jsonMatches, type MatchStyle, textMatches } from './file/matches.js';
import { undecidedLines } from './file/undecided-lines.js';
import type { Context } from './program/context.js';
import { stopIfAborted } from './program/failure.js';
import { layerAt, openSnapshot, type OpenedSnapshot } from './image/open.js';
import { typedFile, typedNode } from './flags/typed-path.js';

export default class Grep extends StrataCommand {
  static override readonly summary = 'Search the contents of a snapshot, of all layers, or of what is gone.';
  static override readonly description = [
    'PATTERN is a regular expression (JavaScript syntax). Files are searched layer by layer, in the order of their archives; a file with several names is searched once.',
    'Binary files are told, not shown, unless --text.',
    'With --all-layers and --deleted, @N: before a path says which layer holds that version.',
    'A line longer than 1 MiB is looked at in parts and counts once; of it the part with the first match is shown, after and before an ellipsis. What depends on more than 64 KiB of such a line may be missed or wrong: stderr says when that may be so.',
    'Ends with 0 when a line matches, with 1 when none does.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'Lines of the configuration that name a user',
      command: `<%= config.bin %> <%= command.id %> demo.tar '^notes:' /etc`,
    },
    {
      description: 'Secrets in any layer, also in files removed later',
      command: `<%= config.bin %> <%= command.id %> demo.tar --all-layers 'AKIA[A-Z2-7]{16}|PRIVATE KEY'`,
    },
    {
      description: 'Which JavaScript files mention a module',
      command: `<%= config.bin %> <%= command.id %> demo.tar -l -F module.exports --include '*.js'`,
    },
  ];
  static override readonly args = {
    image: snapshotArgument(),
    pattern: stringArgument({
      name: 'PATTERN',
      description: 'Regular expression to search for; with -F text that means itself.',
      required: true,
      ignoreStdin: true,
    }),
    path: optionalPathArgument(),
  };
  static override readonly flags = {
    fixed: boolean({ char: 'F', summary: 'PATTERN is plain text.' }),
    'ignore-case': boolean({ char: 'i', summary: 'Letters fit in either case.' }),
    'files-with-matches': boolean({
      char: 'l',
      summary: 'Only the paths of files that match.',
      exclusive: ['count'],
    }),
    count: boolean({
      char: 'c',
      summary: 'Only how many lines of each file match; files without are left out.',
    }),
    'line-number': boolean({
      char: 'n',
      allowNo: true,
      summary: 'Show the number of each line. Default: on a terminal.',
    }),
    'max-count': integer({
      char: 'm',
      min: 1,
      helpValue: 'LINES',
      summary: 'Stop a file after that many lines.',
    }),
    include: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'GLOB',
      summary: 'Only files of that name, or path: *.conf, /etc/**.',
    }),
    exclude: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'GLOB',
      summary: 'No files of that name, or path.',
    }),
    text: boolean({ char: 'a', summary: 'Search and show binary files as text.' }),
    'all-layers': boolean({ summary: 'Every version of every layer, also those replaced or removed later.' }),
    deleted: boolean({
      summary: 'Only versions that a later layer replaced or removed.',
      exclusive: ['all-layers'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Grep);
    const pattern = compilePattern(args.pattern, { fixed: flags.fixed, ignoreCase: flags['ignore-case'] });
    const wanted = fileFilter(flags.include, flags.exclude);
    const opened = await openSnapshot(context, args.image);
    try {
      const { union, n, image } = opened;
      const scope = flags.deleted ? 'deleted' : flags['all-layers'] ? 'layers' : 'snapshot';
      const start = startOf(union, n, args.path, scope, args.image);
      const layers = searchedFiles(union, n, scope, start).map((files) =>
        files.filter(({ path }) => wanted(path)),
      );
      const how: How = {
        pattern,
        mode: flags['files-with-matches'] ? 'paths' : flags.count ? 'counts' : 'lines',
        numbers: orElse(flags['line-number'], context.terminal.stdout.isTTY),
        most: flags['files-with-matches'] ? 1 : (flags['max-count'] ?? Infinity),
        text: flags.text,
        versions: scope !== 'snapshot',
      };
      const head = { image: imageJson(image), snapshot: n, path: args.path, pattern: args.pattern, scope };
      const matched = await search(context, opened, layers, how, head);
      if (matched === 0) this.endWith(1);
      this.settleBriefly(opened.anomalies, args.image);
    } finally {
      await opened.close();
    }
  }
}

/** oclif's types do not know that a flag with `allowNo` is undefined when it is left out. */
function orElse(asked: boolean | undefined, otherwise: boolean): boolean {
  return asked ?? otherwise;
}

interface How extends MatchStyle {
  readonly most: number;
}

function fileFilter(
  include: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
): PathMatcher {
  const wanted = include?.map((glob) => compileGlob(glob));
  const unwanted = (exclude ?? []).map((glob) => compileGlob(glob));
  return (path) => (wanted?.some((fits) => fits(path)) ?? true) && !unwanted.some((fits) => fits(path));
}

function startOf(union: Union, n: number, text: string, scope: SearchScope, image: string): number {
  return scope === 'snapshot' ? typedFile(union, n, text).node : typedNode(union, n, text, image);
}

/** Searches one layer after the other and returns how many files match. */
async function search(
  context: Context,
  opened: OpenedSnapshot,
  layers: readonly (readonly SearchedFile[])[],
  how: How,
  head: object,
): Promise<number> {
  const { readContents } = await import('../layers/read/content.js');
  const { output, progress, signal, limits } = context;
  const store = await context.store();
  const list = context.json ? openJsonList(head, how.mode === 'lines' ? 'matches' : 'files') : undefined;
  const printer = list === undefined ? textMatches(context, how) : jsonMatches(context, list, how);
  const matcher = matcherOf(how.pattern);
  const undecided = undecidedLines();
  let searched = 0;
  let matched = 0;
  if (list !== undefined) await output.write(list.begin);
  progress.begin(totalBytes(layers), 'searching');
  for (const [i, files] of layers.entries()) {
    if (files.length === 0) continue;
    let next = 0;
    const visit = async (_row: number, content: Content): Promise<void> => {
      const file = files[next++];
      stopIfAborted(signal);
      const result = await grepContent(
        counting(content, (bytes) => {
          progress.advance(bytes);
        }),
        matcher,
        // Every line of a binary file counts.
        { most: how.most, text: how.text || how.mode === 'counts' },
        (lines) => (how.mode === 'lines' ? printer.lines(file, lines) : undefined),
      );
      searched += 1;
      undecided.add(file, result);
      if (result.count === 0) return;
      matched += 1;
      await printer.end(file, result);
    };
    const { index } = layerAt(opened.layers, i + 1);
    const rows = files.map(({ row }) => row);
    await readContents(layerAt(opened.image.layers, i + 1), index, rows, visit, { limits, signal, store });
  }
  progress.end();
  if (list !== undefined)
    await output.write(
      list.end({
        searched,
        matched,
        undecided: undecided.count(),
        anomalies: anomaliesJson(opened.anomalies),
      }),
    );
  const words = undecided.words();
  if (words !== undefined && list === undefined) context.log.warn(words);
  return matched;
}

function totalBytes(layers: readonly (readonly SearchedFile[])[]): number {
  return layers.reduce((sum, files) => files.reduce((part, { size }) => part + size, sum), 0);
}

async function* counting(content: Content, advance: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    advance(chunk.length);
    yield chunk;
  }
}
