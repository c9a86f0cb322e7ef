import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fail, StrataError } from '../../model/error.js';
import { findContainer } from '../../runtime/container/containers.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import { withRunningRoot } from '../../runtime/container/running-root.js';
import { type ContainerPlace, folderOf, isAlive, stateOf } from '../../runtime/container/state.js';
import { findMonitor } from '../../runtime/engine/find-engine.js';
import { execAttached } from '../../runtime/exec/exec-in-container.js';
import { type ExecRequest, readProcess } from '../../runtime/exec/exec-process.js';
import { idOutside } from '../../runtime/id-map.js';
import type { EnvironmentChange } from '../../runtime/spec/environment.js';
import { bringToolbox } from '../../runtime/toolbox/bring-toolbox.js';
import { findShell, type FoundShell, pathVariable } from '../../runtime/toolbox/find-shell.js';
import { findBusybox } from '../../runtime/toolbox/host-tools.js';
import { prepareToolbox } from '../../runtime/toolbox/prepare-toolbox.js';
import { runningPrograms } from '../../runtime/toolbox/running-programs.js';
import { APPLETS_TARGET, withToolbox } from '../../runtime/toolbox/tool-mounts.js';
import { processStreams } from './streams.js';
import type { Context } from '../program/context.js';
import { environment, restoreOnSignal } from '../exec.js';
import type { ShellFlagValues } from './shell-image.js';

/** Flags that a container which runs can still heed. */
const HEEDED = new Set('command toolbox env env-file user workdir network'.split(' '));
/** Flags of every command. */
const GLOBAL = new Set('platform color limit quiet strict debug json'.split(' '));

/** Returns the container that a word names, undefined when it names an image or nothing. Throws E_AMBIGUOUS. */
export function containerCalled(place: ContainerPlace, word: string): ContainerRecord | undefined {
  // A file of that name is an image, as everywhere.
  if (!/^[a-zA-Z0-9][\w.-]*$/.test(word) || existsSync(word)) return undefined;
  try {
    return findContainer(place.store, word);
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return undefined;
    throw thrown;
  }
}

/** Runs a shell in a container that runs; returns what it ended with. `beforeStart` is called before that. */
export async function shellInContainer(
  context: Context,
  place: ContainerPlace,
  record: ContainerRecord,
  flags: ShellFlagValues,
  beforeStart: () => void,
): Promise<number> {
  refuseUnheeded(record, flags);
  const monitor = findMonitor();
  const { words, said, variables } = await chooseInside(place, record, flags);
  const tty = process.stdin.isTTY && process.stdout.isTTY;
  const { stdout } = process;
  const request: ExecRequest = {
    command: [...words, ...(flags.command === undefined ? [] : ['-c', flags.command])],
    tty,
    consoleSize: stdout.isTTY ? { height: stdout.rows, width: stdout.columns } : undefined,
    environment: [...environment(flags), ...variables],
    user: flags.user,
    workingDirectory: flags.workdir,
  };
  context.log.info(`${said}; changes are those of container ${record.name}`);
  beforeStart();
  const streams = processStreams({
    terminal: tty,
    stdin: true,
    proxy: false,
    signal: () => Promise.resolve(),
    detachKeys: new Uint8Array(),
  });
  const keep = restoreOnSignal(streams.restore);
  try {
    const end = await execAttached(place, record, { monitor, request, streams });
    return end.kind === 'exited' ? end.status : 0;
  } finally {
    keep();
    streams.restore();
  }
}

interface ChosenInside {
  readonly words: readonly string[];
  readonly said: string;
  readonly variables: readonly EnvironmentChange[];
}

async function chooseInside(
  place: ContainerPlace,
  record: ContainerRecord,
  flags: ShellFlagValues,
): Promise<ChosenInside> {
  const state = await stateOf(place, record);
  if (!isAlive(state))
    return fail('E_NOT_RUNNING', `opening a shell in container ${record.name}: it does not run`, {
      hint: `start it first: strata start ${record.name}; or open one in its image: strata shell ${record.image.asked}`,
    });
  const config = await readFile(path.join(folderOf(place, record).bundle, 'config.json'), 'utf8');
  const { env, user } = readProcess(config);
  return withRunningRoot(place, record, state, async (root, mounts) => {
    let found: FoundShell | undefined;
    if (!flags.toolbox)
      found = await findShell(runningPrograms(root), {
        shell: [],
        env,
        user: flags.user ?? String(user.uid),
      });
    if (found !== undefined) return { words: found.words, said: found.words.join(' '), variables: [] };
    const toolbox = await prepareToolbox(place.run, findBusybox());
    const owner = { uid: idOutside(record.idMap, 0) ?? 0, gid: idOutside(record.idMap, 0) ?? 0 };
    bringToolbox(mounts, toolbox, owner);
    return {
      words: [`${APPLETS_TARGET}/sh`],
      said: `${flags.toolbox ? '' : 'no shell inside: '}busybox of this machine, ${toolbox.busybox}`,
      variables: [['PATH', withToolbox(pathVariable(env))]],
    };
  });
}

function refuseUnheeded(record: ContainerRecord, flags: ShellFlagValues): void {
  for (const [name, value] of Object.entries(flags)) {
    if (HEEDED.has(name) || GLOBAL.has(name) || value === undefined || value === false) continue;
    fail(
      'E_USAGE',
      `opening a shell in container ${record.name}: it is there already, so --${name} says nothing`,
    );
  }
  if (flags.network !== 'none')
    fail('E_USAGE', `opening a shell in container ${record.name}: it has a network already`);
}
