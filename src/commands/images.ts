import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { compileReferencePattern } from '../model/reference-pattern.js';
import { imageLines, shortImageId } from '../report/images.js';
import { StrataCommand } from './base.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { compare } from './flags/sort.js';
import { imageRowJson, type ListedRow, rowsOf } from './image/image-rows.js';
import { storedIn } from './image/stored.js';
import { ownStore } from './program/own-store.js';

const SORTS = ['created', 'name', 'size'] as const;

export default class Images extends StrataCommand {
  static override readonly summary = 'List the images of the local store.';
  static override readonly description = `A line for each name, as docker images. The ID is the digest of the configuration; SIZE what the layers take as they
are stored, PLAIN unpacked, where that is known. IDs and digests, or how one begins and no other does, stand for the
image in run, tag, rmi, save and copy.`;
  static override readonly examples = [
    { description: 'What is there?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'The tags of one repository, the largest first',
      command:
        '<%= config.bin %> copy demo.tar store:demo:1 && <%= config.bin %> <%= command.id %> --sort size demo',
    },
    {
      description: 'IDs of what has no name',
      command: '<%= config.bin %> <%= command.id %> -q --filter dangling=true',
    },
  ];
  static override readonly args = {
    pattern: argument({
      name: 'NAME',
      description: 'Only this name; * and ? stand for what is not a slash.',
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    quiet: boolean({ char: 'q', summary: 'IDs only, each once, one on a line.' }),
    digests: boolean({ summary: 'Also the digests of the manifests.' }),
    'no-trunc': boolean({ summary: 'IDs whole.' }),
    filter: string({
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only those with reference=PATTERN, dangling=true or false, label=KEY or label=KEY=VALUE.',
    }),
    sort: option({ options: SORTS })({
      default: 'created',
      summary: 'Order: created (the latest first), name, size (the largest first).',
    }),
    reverse: reverseFlag,
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Images);
    const filters = [
      ...(flags.filter ?? []),
      ...(args.pattern === undefined ? [] : [`reference=${args.pattern}`]),
    ];
    const passes = filters.map(compileFilter);
    const store = await ownStore(context);
    const all = await rowsOf(store, await storedIn(context));
    const rows = sorted(
      all.filter((row) => passes.every((fits) => fits(row))),
      flags.sort,
    );
    if (flags.reverse) rows.reverse();
    for (const { name, digest, problem } of rows)
      if (problem !== undefined) context.log.warn(`${name ?? digest}: ${problem.message}`);
    const { palette, isTTY, width } = context.terminal.stdout;
    if (!context.json)
      await context.output.lines(
        flags.quiet
          ? new Set(rows.map(({ id, digest }) => shortImageId(id ?? digest, flags['no-trunc'])))
          : imageLines(rows, {
              palette,
              whole: flags['no-trunc'],
              digests: flags.digests,
              exact: flags.bytes,
              width: isTTY ? width : undefined,
              ellipsis: context.terminal.ellipsis,
              now: BigInt(Date.now()) * 1_000_000n,
            }),
      );
    return { store: store.paths.root, images: rows.map(imageRowJson) };
  }
}

function compileFilter(text: string): (row: ListedRow) => boolean {
  const [, key = '', value = ''] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
  if (key === 'reference') {
    const fits = compileReferencePattern(value);
    return ({ name }) => name !== undefined && fits(name);
  }
  if (key === 'dangling' && /^(?:true|false|1|0)$/.test(value)) {
    const wanted = value === 'true' || value === '1';
    return ({ name }) => (name === undefined) === wanted;
  }
  if (key === 'label') {
    const equals = value.indexOf('=');
    const label = equals < 0 ? value : value.slice(0, equals);
    return ({ labels }) => (equals < 0 ? labels.has(label) : labels.get(label) === value.slice(equals + 1));
  }
  return fail('E_USAGE', `reading --filter ${text}: it is not a filter`, {
    hint: 'write reference=PATTERN, dangling=true, dangling=false, label=KEY or label=KEY=VALUE',
  });
}

function sorted(rows: ListedRow[], by: (typeof SORTS)[number]): ListedRow[] {
  const byName = (a: ListedRow, b: ListedRow): number => compare(a.name ?? '\uffff', b.name ?? '\uffff');
  switch (by) {
    case 'name':
      return rows.sort(byName);
    case 'size':
      return rows.sort((a, b) => (b.stored ?? -1) - (a.stored ?? -1) || byName(a, b));
    case 'created':
      return rows.sort((a, b) => compare(b.moment, a.moment) || byName(a, b));
  }
}
