import { boolean, option } from '@oclif/core/flags';
import { findContainer } from '../runtime/container/containers.js';
import { openContainer } from '../runtime/container/open-container.js';
import { whilePaused } from '../runtime/container/paused.js';
import { folderOf } from '../runtime/container/state.js';
import type { ContainerChange } from '../runtime/changes/container-change.js';
import { changeLetter } from '../runtime/changes/container-change.js';
import { changesOf } from '../runtime/changes/changes-of.js';
import { compileFilter } from '../runtime/commit/path-filter.js';
import { unheldXattrs } from '../runtime/commit/unheld.js';
import { encodeName } from '../model/name.js';
import { unheldLines } from '../report/commit.js';
import { changeJson, changeLine } from '../report/container-changes.js';
import { jsonList, openJsonList } from '../report/json.js';
import { StrataCommand } from './base.js';
import { printDiffs, writeDiffItems } from './container/changes-diff.js';
import { containerArgument, containerPlace } from './container/place.js';
import { globsFlag } from './flags/flags.js';
import { mapped } from './program/iterate.js';

export default class Changes extends StrataCommand {
  static override readonly summary = 'List what a container changed in the snapshot it was started from.';
  static override readonly description = `A path, C changed, D deleted, as docker diff; but a file that was only touched and set back is no change. A deleted
directory is one line. What no layer can hold (an extended attribute without a value) is said. A container that runs stands
still while its files are read, with --diff until all is written.`;
  static override readonly examples = [
    {
      description: 'What did the program do?',
      command:
        "<%= config.bin %> run --name built -u 0 --entrypoint /bin/sh demo.tar -c 'echo 1 > /new' && <%= config.bin %> <%= command.id %> built",
    },
    {
      description: 'And what of each file?',
      command:
        "<%= config.bin %> run --name open -u 0 --entrypoint /bin/sh demo.tar -c 'chmod 700 /etc' && <%= config.bin %> <%= command.id %> --facets open",
    },
    {
      description: 'And line by line, only below /etc?',
      command:
        "<%= config.bin %> run --name lines -u 0 --entrypoint /bin/sh demo.tar -c 'echo more >> /etc/group' && <%= config.bin %> <%= command.id %> --diff --include /etc lines",
    },
  ];
  static override readonly args = { container: containerArgument() };
  static override readonly flags = {
    facets: boolean({ summary: 'Also say what differs: content, mode, owner, mtime, ...' }),
    diff: boolean({
      summary: 'Also show how contents differ: unified diffs of text, a few words on the rest.',
    }),
    only: option({ options: ['A', 'C', 'D'] as const, multiple: true, multipleNonGreedy: true })({
      summary: 'Only what was added (A), changed (C) or deleted (D).',
    }),
    include: globsFlag('Only what fits a glob, or lies below what does.'),
    exclude: globsFlag('Not what fits a glob, or lies below what does.'),
    pause: boolean({
      char: 'p',
      default: true,
      allowNo: true,
      summary: 'Let a container that runs stand still meanwhile.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Changes);
    const place = await containerPlace(context);
    const record = findContainer(place.store, args.container);
    const { limits, signal, terminal, output } = context;
    const passes = compileFilter({ include: flags.include, exclude: flags.exclude });
    const container = await openContainer(place.store, record, folderOf(place, record), { limits, signal });
    const { union, n, upper } = container;
    const format = {
      palette: terminal.stdout.palette,
      facets: flags.facets,
      arrow: terminal.utf8 ? '→' : '->',
    };
    const { id, name, image } = record;
    const head = { container: { id, name }, image, snapshot: n };
    const found = async (): Promise<readonly ContainerChange[]> => {
      const changes = (await changesOf(union, n, upper, { signal })).filter(
        (change) => passes(change) && (flags.only?.includes(changeLetter(change)) ?? true),
      );
      const unheld = changes.flatMap(({ path, after }) => unheldXattrs(path, after?.xattrs ?? new Map()));
      for (const line of unheldLines(unheld, 'commit leaves out')) context.log.info(line);
      return changes;
    };
    const paused = <T>(deed: () => Promise<T>): Promise<T> =>
      whilePaused(place, record, flags.pause, deed, context.log);
    if (flags.diff)
      return paused(async () => {
        const changes = await found();
        if (!context.json) return printDiffs(context, container, changes, format);
        const list = openJsonList(head, 'changes');
        await output.write(list.begin);
        await writeDiffItems(context, container, changes, list);
        return output.write(list.end({}));
      });
    const changes = byPath(await paused(found));
    if (context.json) return output.parts(jsonList(head, 'changes', mapped(changes, changeJson)));
    return output.lines(mapped(changes, (change) => changeLine(change, format)));
  }
}

/** In the order of the paths' bytes. */
export function byPath(changes: readonly ContainerChange[]): readonly ContainerChange[] {
  return changes
    .map((change) => ({ change, bytes: encodeName(change.path) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ change }) => change);
}
