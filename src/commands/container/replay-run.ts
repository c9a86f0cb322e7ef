import { StrataError } from '../../model/error.js';
import type { Outcome } from '../../runtime/bisect/outcome.js';
import { openContainer } from '../../runtime/container/open-container.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import { removeContainer } from '../../runtime/container/remove.js';
import { type ContainerPlace } from '../../runtime/container/state.js';
import { compareReplay, type ReplayComparison } from '../../runtime/replay/compare-replay.js';
import type { UpperEntry } from '../../runtime/upper/upper-entry.js';
import { containerPlace } from './place.js';
import { createFromFlags, endOf, type PreparedRun } from './run.js';
import type { Context } from '../program/context.js';
import type { OpenedSnapshot } from '../image/open.js';
import type { ContainerFlagValues } from './run-request.js';
import { chooseShell } from './shell-image.js';
import { watchToEnd } from './trial.js';

export interface ReplayRunOptions {
  readonly asked: string;
  readonly flags: ContainerFlagValues;
  readonly words: readonly string[];
  /** `NAME=VALUE`, which flags may still change. */
  readonly env: readonly string[];
  /** Open a shell in the container when the program has ended. */
  readonly shellAfter: boolean;
  /** The name under which the container stays. */
  readonly keep: string | undefined;
  /** Called when the streams are the container's. */
  readonly onLeave: () => void;
}

/** What came of it. */
export interface Replayed {
  readonly status: number;
  /** Undefined where a shell came after it. */
  readonly outcome: Outcome | undefined;
  readonly comparison: ReplayComparison;
  readonly needsNetwork: boolean;
  readonly container: { readonly id: string; readonly name: string } | null;
}

/** What programs say that find no network. */
const NO_NETWORK =
  /could not resolve|temporary failure (?:in name resolution|resolving)|name resolution|network is unreachable|bad address|no such host|getaddrinfo|unable to connect|could not connect|failed to fetch/i;
/** Characters of output that are looked at. */
const LOOKED_AT = 64 * 1024;

/**
 * Runs a program on a snapshot and compares what it wrote with the next layer; nothing is left of its container unless it is
 * to be kept. Throws what making a container throws, E_INTERRUPTED.
 */
export async function replayRun(
  context: Context,
  opened: OpenedSnapshot,
  options: ReplayRunOptions,
): Promise<Replayed> {
  const { flags, keep } = options;
  const place = await containerPlace(context);
  const shell = options.shellAfter
    ? await chooseShell(context, opened, { ...flags, toolbox: false })
    : undefined;
  const env = [...options.env, ...(flags.env ?? []), ...(shell?.flags.env ?? [])];
  const prepared = await createFromFlags(context, opened, {
    asked: options.asked,
    flags: {
      ...flags,
      env,
      tools: shell?.flags.tools ?? [],
      entrypoint: '',
      name: keep,
      rm: false,
      interactive: options.shellAfter,
      tty: options.shellAfter && process.stdin.isTTY && process.stdout.isTTY,
    },
    command: shell === undefined ? options.words : thenShell(shell.words, options.words),
  });
  const { record, folder } = prepared.created;
  try {
    const ended =
      shell === undefined ? await watched(context, prepared) : await shown(prepared, options.onLeave);
    const { limits, signal } = context;
    const { upper: first } = await openContainer(place.store, record, folder, { limits, signal });
    const { upper: second } = await openContainer(place.store, record, folder, { limits, signal });
    const walks = [first, second];
    const upper = (): Iterable<UpperEntry> => walks.shift() ?? [];
    const comparison = await compareReplay(opened.union, opened.n, upper, signal);
    const container = keep === undefined ? null : { id: record.id, name: record.name };
    return {
      ...ended,
      needsNetwork: ended.status !== 0 && flags.network !== 'host' && NO_NETWORK.test(ended.said),
      comparison,
      container,
    };
  } finally {
    if (keep === undefined) await remove(place, record);
  }
}

interface Ended {
  readonly status: number;
  readonly outcome: Outcome | undefined;
  readonly said: string;
}

/** Its output is what the build would show; with --json standard output is not for it. */
async function watched(context: Context, prepared: PreparedRun): Promise<Ended> {
  let said = '';
  const outcome = await watchToEnd(prepared, {
    signal: context.signal,
    onOutput: (bytes, stream) => {
      said = (said + Buffer.from(bytes).toString()).slice(-LOOKED_AT);
      (stream === 'stdout' && !context.json ? process.stdout : process.stderr).write(bytes);
    },
  });
  return { status: outcome.kind === 'exit' ? outcome.status : 1, outcome, said };
}

async function shown(prepared: PreparedRun, onLeave: () => void): Promise<Ended> {
  onLeave();
  return { status: await endOf(prepared), outcome: undefined, said: '' };
}

/** The program, and when it has ended the shell, which is told its status. */
function thenShell(shell: readonly string[], words: readonly string[]): readonly string[] {
  const script = `"$@"; status=$?
echo "the instruction ended with $status; compared is what there is when this shell ends" >&2
exec ${shell.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')}`;
  return [...shell, '-c', script, 'sh', ...words];
}

async function remove(place: ContainerPlace, record: ContainerRecord): Promise<void> {
  await removeContainer(place, record, true).catch((thrown: unknown) => {
    // Somebody else did.
    if (!(thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND')) throw thrown;
  });
}
