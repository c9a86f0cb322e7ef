import { boolean, string } from '@oclif/core/flags';
import { type AliveState, isAlive } from '../runtime/container/state.js';
import { containerLines, shortId } from '../report/containers.js';
import { StrataCommand } from './base.js';
import { parseFilters } from './container/filter.js';
import { containerPlace } from './container/place.js';
import { containerRow, containerStates, type FoundContainer } from './container/states.js';

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
    const found = await containerStates(place);
    // The latest first, as docker has it.
    const all = flags.all || flags.latest || filter.anyStatus;
    for (const { state } of found) if (state.status === 'unknown') context.log.info(state.why.message);
    const fitting = found
      .filter(({ record, state }) => (all || mayRun(state)) && filter.fits({ ...record, ...state }))
      .reverse();
    const shown = flags.latest ? fitting.slice(0, 1) : fitting;
    const { palette, isTTY, width } = context.terminal.stdout;
    if (!context.json)
      await context.output.lines(
        flags.quiet
          ? shown.map(({ record }) => shortId(record.id, flags['no-trunc']))
          : containerLines(shown.map(containerRow), {
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

function mayRun(state: FoundContainer['state']): boolean {
  return state.status === 'unknown' || isAlive(state);
}

function aliveState(state: FoundContainer['state']): AliveState | undefined {
  return state.status !== 'unknown' && isAlive(state) ? state : undefined;
}

function containerJson({ record, state }: FoundContainer): object {
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
    pid: aliveState(state)?.pid ?? null,
    started: aliveState(state)?.started ?? null,
    exit: state.status === 'exited' ? (state.exit ?? null) : null,
  };
}
