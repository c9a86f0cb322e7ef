import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder } from '../../runtime/container/containers.js';
import { readExit } from '../../runtime/container/exit.js';
import { lockContainer } from '../../runtime/container/lock.js';
import { generateId } from '../../runtime/container/names.js';
import { type CreatedContainer, createContainer } from '../../runtime/create.js';
import {
  deleteContainer,
  type EngineHandle,
  killContainer,
  startContainer,
} from '../../runtime/engine/engine.js';
import { findEngine, findMonitor } from '../../runtime/engine/find-engine.js';
import { connect, type RunEnd, type Session, type Streams } from '../../runtime/foreground.js';
import { readHostFacts } from '../../runtime/host-facts.js';
import type { IdMap } from '../../runtime/id-map.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../runtime/monitor/detach-keys.js';
import { monitorGone } from '../../runtime/monitor/monitor-process.js';
import type { SnapshotChoice } from '../../runtime/snapshot/prepare.js';
import { stopSignal } from '../../runtime/spec/signals.js';
import type { Store } from '../../store/store.js';
import { leftOutLines } from '../../report/mounted.js';
import { containerPlace } from './place.js';
import { processStreams, sayDetached, sayIgnored } from './streams.js';
import type { Context } from '../program/context.js';
import { createMilestone } from '../program/milestone.js';
import type { OpenedSnapshot } from '../image/open.js';
import { containerRequest, type ContainerFlagValues } from './run-request.js';

/** Values of the flags of `run`. */
export interface RunFlagValues extends ContainerFlagValues {
  readonly name?: string | undefined;
  readonly runtime?: string | undefined;
  readonly snapshot?: SnapshotChoice | undefined;
  readonly userns?: 'host' | 'private' | undefined;
  readonly 'stop-signal'?: string | undefined;
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly rm: boolean;
  /** Nobody of us is attached to it. */
  readonly detach?: boolean;
  readonly 'detach-keys'?: string | undefined;
  readonly 'sig-proxy'?: boolean;
}

/** A container that waits to be started, and who is to start it. */
export interface PreparedRun {
  readonly created: CreatedContainer;
  readonly store: Store;
  readonly engine: EngineHandle;
  readonly flags: RunFlagValues;
  readonly detachKeys: Uint8Array;
  /** To be called when it was started: until then nobody else starts or removes it. */
  readonly release: () => Promise<void>;
  readonly say: (words: string) => void;
}

/**
 * Ids of a container whose root is nobody here: above all that useradd(8) gives to users, and that systemd gives to
 * containers (UIDS-GIDS of systemd.io).
 */
const PRIVATE_IDS: IdMap = [{ containerID: 0, hostID: 0x7000_0000, size: 65_536 }];

const NO_HOST_IDS = '--userns host: without root, root of the container is you, and no more';

/** Makes the container that the flags say. Throws E_TOOL_MISSING, E_PRIVILEGE, E_USAGE and what createContainer throws. */
export async function createFromFlags(
  context: Context,
  opened: OpenedSnapshot,
  {
    asked,
    flags,
    command,
  }: { readonly asked: string; readonly flags: RunFlagValues; readonly command: readonly string[] },
): Promise<PreparedRun> {
  const found = findEngine(flags.runtime);
  const monitor = findMonitor();
  const { store, run } = await containerPlace(context);
  const host = readHostFacts();
  const cgroups = host.rootless && host.cgroup === 'none' ? 'none' : undefined;
  const engine: EngineHandle = { ...found, cgroups, stateFolder: run.engine };
  const detachKeys = parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS);
  const { stdout } = process;
  const size = stdout.isTTY ? { height: stdout.rows, width: stdout.columns } : undefined;
  const { progress, limits, signal } = context;
  const id = generateId();
  const release = await lockContainer(store, id);
  try {
    const created = await createContainer(
      { asked, ...opened },
      {
        ...containerRequest(flags, command, flags.tty, size, host),
        store,
        run,
        id,
        engine,
        monitor,
        host,
        name: flags.name === '' ? undefined : flags.name,
        remove: flags.rm,
        stdin: flags.interactive,
        keepStdin: flags.detach === true,
        stopSignal: stopSignal(flags['stop-signal'], opened.image.config.execution.stopSignal),
        snapshot: flags.snapshot,
        idMap: flags.userns === 'host' || host.rootless ? [] : PRIVATE_IDS,
        plain: {
          limits,
          signal,
          durable: !flags.rm,
          onBegin: (bytes) => {
            progress.begin(bytes, `unpacking ${opened.image.name}`);
          },
          onBytes: (count) => {
            progress.advance(count);
          },
        },
      },
    );
    if (host.rootless && flags.userns === 'host') context.log.info(NO_HOST_IDS);
    for (const note of [...created.notes, ...leftOutLines(created.left)]) context.log.info(note);
    return {
      created,
      store,
      engine,
      flags,
      detachKeys,
      release,
      say: (words) => {
        context.log.info(words);
      },
    };
  } catch (thrown) {
    await release();
    throw thrown;
  } finally {
    progress.end();
  }
}

/** Starts the container and leaves it to itself; returns its id. Throws E_ENGINE. */
export async function startDetached(prepared: PreparedRun): Promise<string> {
  const { created, engine, release } = prepared;
  try {
    await startContainer(engine, created.record.id);
  } catch (thrown) {
    await tidy(prepared);
    throw thrown;
  } finally {
    await release();
  }
  return created.record.id;
}

/**
 * Starts the container with our streams on it; returns what it ended with, and has removed what is not to be kept. One that
 * the user left goes on.
 */
export async function endOf(prepared: PreparedRun): Promise<number> {
  const { created, engine, flags, detachKeys, say } = prepared;
  const { id, name } = created.record;
  const started = createMilestone();
  const streams = processStreams({
    terminal: flags.tty,
    stdin: flags.interactive,
    proxy: flags['sig-proxy'] !== false,
    signal: async (number) => {
      await started.reached;
      await killContainer(engine, id, number);
    },
    onIgnored: () => {
      sayIgnored(say, name);
    },
    detachKeys,
  });
  const end = await runToEnd(prepared, streams, started.reach);
  if (end.kind === 'exited') return end.status;
  sayDetached(say, name);
  return end.typed ? 0 : streams.leftWith();
}

/**
 * Starts the container with these streams on it, which are given back at its end; returns how that came. What is not to be
 * kept of one that has ended is gone then. Throws E_ENGINE.
 */
export async function runToEnd(
  prepared: PreparedRun,
  streams: Streams & { readonly restore: () => void },
  onStarted: () => void,
): Promise<RunEnd> {
  const { created, store, engine, release } = prepared;
  let end: RunEnd | undefined;
  try {
    let session: Session | undefined;
    try {
      session = connect(store, created, streams);
      await startContainer(engine, created.record.id);
      onStarted();
    } catch (thrown) {
      session?.close();
      throw thrown;
    } finally {
      await release();
    }
    end = await session.end();
    return end;
  } finally {
    streams.restore();
    if (end?.kind !== 'detached') await tidy(prepared, end);
  }
}

/** Removes what a container does not keep that has ended, or with `end` undefined is to end now. */
async function tidy({ created, store, engine, flags }: PreparedRun, end?: RunEnd): Promise<void> {
  const { folder, record, doomed } = created;
  if (!flags.rm) await readExit(store, folder);
  if (!flags.rm || end === undefined) await deleteContainer(engine, record.id);
  if (!flags.rm) return;
  if (end === undefined) await monitorGone(folder);
  // conmon removes it, too, from the same place: of two who do that at once one may fail.
  for (let waited = 0; ; waited += 10) {
    try {
      await removeFolder(store, folder, doomed);
      return;
    } catch (thrown) {
      if (waited >= REMOVAL_PATIENCE) throw thrown;
    }
    await sleep(10);
  }
}

/** Milliseconds in which one of the two has removed a container. */
const REMOVAL_PATIENCE = 10_000;
