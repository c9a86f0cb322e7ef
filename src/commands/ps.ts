import { boolean, string } from '@oclif/core/flags';
import { listContainers } from '../runtime/container/containers.js';
import type { ContainerRecord } from '../runtime/container/record.js';
import { type ContainerState, isAlive, stateOf } from '../runtime/container/state.js';
import { splitSnapshot } from '../model/snapshot.js';
import { containerLines, type ContainerRow, shortId } from '../report/containers.js';
import { StrataCommand } from './base.js';
import { parseFilters } from './container-filter.js';
import { containerPlace } from './container-place.js';

interface Found {
  readonly record: ContainerRecord;
  readonly state: ContainerState;
}

export default class Ps extends StrataCommand {
  static override readonly summary = 'List containers that run, or all that there are.';
  static override readonly description = `What a container is doing is asked of the machine every time, so that neither a crash nor a reboot loses or invents one.
Exited without a number: nobody saw its end, for example because the machine went down.`;
  static override readonly examples = [
    { description: 'What runs?', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'And what has ended?', command: '<%= config.bin %> <%= command.id %> --all' },
    {
      description: 'And what went wrong?',
      command: '<%= config.bin %> <%= command.id %> -f status=exited -f exited=1',
    },
    {
      description: 'Remove all that have ended',
      command: '<%= config.bin %> <%= command.id %> -aq | xargs -r <%= config.bin %> rm',
    },
  ];
  static override readonly flags = {
    all: boolean({ char: 'a', summary: 'Also those that do not run.' }),
    filter: string({
      multiple: true,
      multipleNonGreedy: true,
      char: 'f',
      helpValue: 'KEY=VALUE',
      summary:
        'Only those with this status, exited=CODE, name=PART or id=BEGINNING; of one key any, of several all.',
    }),
    latest: boolean({ char: 'l', summary: 'Only the one made last, whether it runs or not.' }),
    quiet: boolean({ char: 'q', summary: 'Ids only, one on a line.' }),
    'no-trunc': boolean({ summary: 'Ids and commands whole.' }),
  };

  async run(): Promise<unknown> {
    const { flags, context } = await this.begin(Ps);
    const filter = parseFilters(flags.filter ?? []);
    const place = await containerPlace(context);
    const records = await listContainers(place.store);
    const found = await Promise.all(
      records.map(async (record): Promise<Found> => ({ record, state: await stateOf(place, record) })),
    );
    // The latest first, as docker has it.
    const all = flags.all || flags.latest || filter.anyStatus;
    const fitting = found
      .filter(({ record, state }) => (all || isAlive(state)) && filter.fits({ ...record, ...state }))
      .reverse();
    const shown = flags.latest ? fitting.slice(0, 1) : fitting;
    const { palette, isTTY, width } = context.terminal.stdout;
    if (!context.json)
      await context.output.lines(
        flags.quiet
          ? shown.map(({ record }) => shortId(record.id, flags['no-trunc']))
          : containerLines(shown.map(rowOf), {
              palette,
              whole: flags['no-trunc'],
              width: isTTY ? width : undefined,
              ellipsis: context.terminal.ellipsis,
              now: BigInt(Date.now()) * 1_000_000n,
            }),
      );
    return { store: place.store.paths.root, containers: shown.map(containerJson) };
  }
}

function rowOf({ record, state }: Found): ContainerRow {
  const { id, name, command, created, image } = record;
  return {
    id,
    name,
    image: `${splitSnapshot(image.asked)?.image ?? image.asked}@${String(image.layer)}`,
    command,
    created,
    status: state.status,
    started: isAlive(state) ? state.started : undefined,
    exit: state.status === 'exited' ? state.exit : undefined,
  };
}

function containerJson({ record, state }: Found): object {
  const { id, name, image, command, created, terminal, remove } = record;
  return {
    id,
    name,
    image,
    command,
    created,
    terminal,
    remove,
    status: state.status,
    pid: isAlive(state) ? state.pid : null,
    started: isAlive(state) ? (state.started ?? null) : null,
    exit: state.status === 'exited' ? (state.exit ?? null) : null,
  };
}
