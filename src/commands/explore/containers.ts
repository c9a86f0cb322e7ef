import type { ContainerRecord } from '../../runtime/container/record.js';
import { findContainer } from '../../runtime/container/containers.js';
import type { ContainerPlace } from '../../runtime/container/state.js';
import { containerLog } from '../../runtime/logs/container-log.js';
import { createLineJoiner } from '../../runtime/logs/join-lines.js';
import type { LogEntry } from '../../runtime/logs/log-entry.js';
import { formatLogTime } from '../../runtime/logs/log-time.js';
import type { ContainerDeed, Containers, LogLine } from '../../tui/effects/containers.js';
import { containerPlace } from '../container/place.js';
import { containerRow, containerStates } from '../container/states.js';
import type { Context } from '../program/context.js';
import { askStrata, lendTerminal, ownProgram, type OwnProgram } from '../program/own-process.js';

/** The command line of a deed, without the container. */
const COMMANDS: Readonly<Record<ContainerDeed, string>> = {
  stop: 'stop',
  kill: 'kill',
  pause: 'pause',
  unpause: 'unpause',
  start: 'start',
  remove: 'rm',
};

/** Lines of a log that are read before it is followed. */
const TAIL = 2000;

/**
 * Returns what the explorer can do with the containers of the store. What changes one is done by a strata of its own, so that
 * an ordinary user is root of his namespace for it and no key waits.
 */
export function exploreContainers(
  context: Pick<Context, 'store' | 'storePaths' | 'env'>,
  program: OwnProgram = ownProgram(),
): Containers {
  const { env } = context;
  let placed: Promise<ContainerPlace> | undefined;
  const place = (): Promise<ContainerPlace> =>
    (placed ??= containerPlace(context).catch((thrown: unknown) => {
      placed = undefined;
      throw thrown;
    }));
  return {
    list: async () => (await containerStates(await place())).map(containerRow),
    async *log(id, signal) {
      const at = await place();
      yield* wholeLines(at, findContainer(at.store, id), signal);
    },
    async act(id, deed, force) {
      const flags = deed === 'remove' && force ? ['--force'] : [];
      await askStrata([COMMANDS[deed], '--json', ...flags, id], { program, env });
    },
    async visit(id, visit) {
      if (visit === 'exec') return lendTerminal(['shell', id], { program, env });
      const at = await place();
      process.stdout.write(`${leaving(findContainer(at.store, id))}\n`);
      return lendTerminal(['attach', '--no-sig-proxy', id], { program, env });
    },
  };
}

/** How the terminal is had back from a container. */
function leaving({ name, terminal, stdin }: ContainerRecord): string {
  return terminal && stdin
    ? `${name} has this terminal: Ctrl-P Ctrl-Q leaves it running`
    : `this is what ${name} writes: Ctrl-C leaves it running`;
}

async function* wholeLines(
  place: ContainerPlace,
  record: ContainerRecord,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const joiner = createLineJoiner();
  const options = { follow: true, since: undefined, until: undefined, tail: TAIL, signal };
  for await (const entry of containerLog(place, record, options)) yield* joiner.push(entry).map(lineOf);
  yield* joiner.end().map(lineOf);
}

function lineOf({ time, stream, bytes }: LogEntry): LogLine {
  return { time: formatLogTime(time), stream, bytes, more: 0 };
}
