import { boolean } from '@oclif/core/flags';
import { findContainer } from '../runtime/container/containers.js';
import { openContainer } from '../runtime/container/open-container.js';
import { whilePaused } from '../runtime/container/paused.js';
import { folderOf } from '../runtime/container/state.js';
import type { ContainerChange } from '../runtime/changes/container-change.js';
import { changesOf } from '../runtime/changes/changes-of.js';
import { encodeName } from '../model/name.js';
import { changeJson, changeLine } from '../report/container-changes.js';
import { jsonList } from '../report/json.js';
import { StrataCommand } from './base.js';
import { containerArgument, containerPlace } from './container-place.js';
import { mapped } from './iterate.js';

export default class Changes extends StrataCommand {
  static override readonly summary = 'List what a container changed in the snapshot it was started from.';
  static override readonly description = `A path, C changed, D deleted, as docker diff; but a file that was only touched and set back is no change. A deleted
directory is one line. A container that runs stands still while its files are read.`;
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
  ];
  static override readonly args = { container: containerArgument() };
  static override readonly flags = {
    facets: boolean({ summary: 'Also say what differs: content, mode, owner, mtime, ...' }),
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
    const record = await findContainer(place.store, args.container);
    const { limits, signal, terminal, output } = context;
    const { union, n, upper } = await openContainer(place.store, record, folderOf(place, record), {
      limits,
      signal,
    });
    const found = await whilePaused(
      place,
      record,
      flags.pause,
      () => changesOf(union, n, upper, { signal }),
      context.log,
    );
    const changes = byPath(found);
    if (context.json) {
      const { id, name, image } = record;
      const head = { container: { id, name }, image, snapshot: n };
      return output.parts(jsonList(head, 'changes', mapped(changes, changeJson)));
    }
    const format = {
      palette: terminal.stdout.palette,
      facets: flags.facets,
      arrow: terminal.utf8 ? '→' : '->',
    };
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
