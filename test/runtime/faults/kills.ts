import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, mkdirSync, readdirSync, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listContainers } from '../../../src/runtime/container/containers.js';
import { runFolder } from '../../../src/runtime/container/folder.js';
import { pruneContainers } from '../../../src/runtime/container/prune.js';
import { removeContainer } from '../../../src/runtime/container/remove.js';
import { type ContainerPlace, isAlive, stateOf } from '../../../src/runtime/container/state.js';
import { findEngine } from '../../../src/runtime/engine/find-engine.js';
import { derivedKey } from '../../../src/store/derived.js';
import { fsck } from '../../../src/store/fsck.js';
import { withLock } from '../../../src/store/lock.js';
import { prune } from '../../../src/store/prune.js';
import { readRefs } from '../../../src/store/refs.js';
import { openStore } from '../../../src/store/store.js';
import { RUN } from '../../helpers/run-command.js';
import { type Deed, DEEDS, IMAGE, type Kill, perform, wrapRuntime } from './deeds.js';
import { controlGroups, isMounted, processesIn, processesNaming, processesSeeing } from './machine.js';
import { seeded } from './random.js';

/** One deed that was killed, and what was not as it should be afterwards. */
export interface Outcome {
  readonly what: string;
  readonly problems: readonly string[];
}

interface Scene {
  readonly folder: string;
  readonly place: ContainerPlace;
  /** Ids of the containers that stay: one that ended and one that runs. */
  readonly kept: ReadonlySet<string>;
  /** Ids of all containers there ever were. */
  readonly seen: ReadonlySet<string>;
  /** Milliseconds that each deed took the last time it was not killed; see learn. */
  readonly lengths: Map<string, number>;
}

/** Milliseconds in which what was killed is gone. */
const PATIENCE = 8000;

/**
 * Kills strata, conmon or crun `kills` times at moments that `seed` gives, over run, commit and rm, and looks each time at
 * what is left: mounts, processes, control groups, locks, files, states that are not true, images that are not whole.
 * `folder` must be empty and on a file system that EROFS can be mounted from.
 */
export async function* killRandomly(
  folder: string,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): AsyncGenerator<Outcome> {
  const random = seeded(seed);
  const { scene, running, watcher } = await prepare(folder);
  try {
    for (let i = 0; i < kills; i++) {
      const deed = DEEDS[i % DEEDS.length];
      const kill: Kill = {
        victim: deed.victims[Math.floor(random() * deed.victims.length)],
        when: random(),
        call: 1 + Math.floor(random() * Math.max(1, deed.calls)),
        length: scene.lengths.get(deed.name) ?? 1000,
      };
      yield await killOnce(scene, deed, kill, `n${String(i)}`);
    }
    running.kill('SIGKILL');
    for (const record of listContainers(scene.place.store)) await removeContainer(scene.place, record, true);
    // How they ended is kept for who waits for them.
    await pruneContainers(scene.place, { stopped: false, dryRun: false, grace: 0 });
    yield { what: 'at the end', problems: await remains({ ...scene, kept: new Set() }) };
  } finally {
    watcher.close();
    running.kill('SIGKILL');
  }
}

async function prepare(
  folder: string,
): Promise<{ readonly scene: Scene; readonly running: ChildProcess; readonly watcher: FSWatcher }> {
  mkdirSync(path.join(folder, 'bin'));
  wrapRuntime(folder, findEngine('crun').program);
  const root = path.join(folder, 'store');
  const lengths = new Map<string, number>();
  const script = ['--entrypoint', '/bin/sh', IMAGE, '-c'];
  await must(folder, [
    'run',
    '-q',
    '--name',
    'ended',
    '-u',
    '0',
    ...script,
    'head -c 3000000 /dev/urandom > /x',
  ]);
  const environment = { ...process.env, PATH: `${folder}/bin:${process.env.PATH ?? ''}` };
  const running = spawn(
    process.execPath,
    [RUN, 'run', '-q', '--name', 'running', '-u', '0', ...script, 'echo 1 > /y; echo up; exec sleep 10000'],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => running.stdout.once('data', resolve));
  const store = await openStore({ root, cache: path.join(root, 'cache') });
  const place = { store, run: runFolder(derivedKey(root), 0, process.env) };
  const kept = new Set(listContainers(store).map(({ id }) => id));
  const seen = new Set<string>();
  const watcher = watch(path.join(root, 'containers'), (_, name) => {
    if (name !== null) seen.add(name);
  });
  const scene: Scene = { folder, place, kept, seen, lengths };
  for (const deed of DEEDS) {
    if (deed.name === 'rm') await makeDoomed(scene);
    lengths.set(deed.name, await must(folder, deed.argv('sample')));
  }
  await tidy(scene);
  return { scene, running, watcher };
}

async function must(folder: string, argv: readonly string[]): Promise<number> {
  const { status, said, milliseconds } = await perform(folder, argv);
  if (status !== 0) throw new Error(`${argv.join(' ')}: ended with ${String(status)}: ${said}`);
  return milliseconds;
}

const makeDoomed = ({ folder }: Scene): Promise<number> =>
  must(folder, ['run', '-q', '--name', 'doomed', '-u', '0', '--entrypoint', '/bin/true', IMAGE]);

async function killOnce(scene: Scene, deed: Deed, kill: Kill, name: string): Promise<Outcome> {
  const { folder, place, kept } = scene;
  if (deed.name === 'rm') await makeDoomed(scene);
  const { status, said, milliseconds } = await perform(folder, deed.argv(name), kill, kept);
  const missed = kill.victim === 'strata' && status !== null;
  learn(scene, deed, kill, missed ? milliseconds : undefined);
  const call = kill.victim === 'crun' ? ` in call ${String(kill.call)}` : '';
  const what = `${name}: ${kill.victim} killed${call} at ${kill.when.toFixed(2)} of ${deed.name}: ${missed ? 'too late, ' : ''}ended with ${String(status)}`;
  const problems: string[] = [];
  if (/E_INTERNAL|TypeError|    at /.test(said)) problems.push(`it said: ${said}`);
  await told(problems, 'ps', () => psIsTrue(scene));
  await told(problems, 'fsck', () => fsckIsClean(place));
  await told(problems, 'locks', () => locksAreFree(place));
  await told(problems, 'commit', () => commitIsWhole(scene, name));
  await told(problems, 'start', () => whatIsListedStarts(scene));
  await told(problems, 'tidying', () => tidy(scene));
  await told(problems, 'remains', () => remains(scene));
  return { what, problems };
}

/** How busy the machine is changes: a kill that came too late tells how long the deed takes now, others let it take longer. */
function learn({ lengths }: Scene, { name }: Deed, { victim, length }: Kill, took: number | undefined): void {
  if (victim === 'strata') lengths.set(name, took ?? length * 1.1);
}

async function told(problems: string[], what: string, look: () => Promise<readonly string[]>): Promise<void> {
  try {
    problems.push(...(await look()).map((problem) => `${what}: ${problem}`));
  } catch (thrown) {
    problems.push(`${what}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
  }
}

/** Every container that is said to run has that process, every other one has none but one that waits to be started. */
async function psIsTrue({ place, kept }: Scene): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const record of listContainers(place.store)) {
    const look = async (): Promise<string | undefined> => {
      const state = await stateOf(place, record);
      const pids = processesIn(record.id).map(({ pid }) => pid);
      if (isAlive(state) && !pids.includes(state.pid))
        return `${record.name} is ${state.status} without its process`;
      if (state.status === 'exited' && pids.length > 0) return `${record.name} has ended with processes left`;
      if (record.name === 'running' && state.status !== 'running') return `running is ${state.status}`;
      return undefined;
    };
    const problem = await settled(look);
    if (problem !== undefined) problems.push(problem);
  }
  const ids = new Set(listContainers(place.store).map(({ id }) => id));
  for (const id of kept) if (!ids.has(id)) problems.push(`a container was lost: ${id}`);
  return problems;
}

async function fsckIsClean({ store }: ContainerPlace): Promise<readonly string[]> {
  const { findings } = await fsck(store);
  return findings
    .filter(({ severity }) => severity !== 'note')
    .map(({ code, path: where, detail }) => `${code} ${where} ${detail}`);
}

async function locksAreFree({ store }: ContainerPlace): Promise<readonly string[]> {
  for (const name of ['containers', 'refs'])
    await withLock(store, name, () => Promise.resolve(), { timeout: 2000 });
  return [];
}

/** An image that has the name runs, with what was committed in it. */
async function commitIsWhole({ place, folder }: Scene, name: string): Promise<readonly string[]> {
  const refs = await readRefs(place.store);
  if (!refs.some((ref) => ref.name?.endsWith(`app:${name}`) === true)) return [];
  const script = [
    '-u',
    '0',
    '--entrypoint',
    '/bin/sh',
    `store:app:${name}`,
    '-c',
    'test -e /x || test -e /y',
  ];
  const { status, said } = await perform(folder, ['run', '-q', '--rm', ...script]);
  return status === 0 ? [] : [`app:${name} ended with ${String(status)}: ${said}`];
}

/** A container that is listed has all that it takes. */
async function whatIsListedStarts({ place, kept, folder }: Scene): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const record of listContainers(place.store)) {
    if (kept.has(record.id) || record.remove || isAlive(await stateOf(place, record))) continue;
    const { status, said } = await perform(folder, ['start', record.name]);
    if (status !== 0) problems.push(`${record.name} ended with ${String(status)}: ${said}`);
  }
  return problems;
}

/** What a user does afterwards: rm, prune. */
async function tidy({ place, kept }: Scene): Promise<readonly string[]> {
  const left = await settled(async () => {
    // A container whose strata was killed ends by itself.
    for (const record of listContainers(place.store))
      if (!kept.has(record.id) && !record.remove && !isAlive(await stateOf(place, record)))
        await removeContainer(place, record, false);
    await pruneContainers(place, { stopped: false, dryRun: false, grace: 0 });
    return listContainers(place.store).find(({ id }) => !kept.has(id))?.name;
  });
  await prune(place.store, { grace: 0 });
  return left === undefined ? [] : [`container ${left} stays`];
}

/** What is on the machine of other containers than those that are kept. */
async function remains(scene: Scene): Promise<readonly string[]> {
  const first = await settled(() => Promise.resolve(leftOf(scene)[0]));
  return first === undefined ? [] : leftOf(scene);
}

function leftOf({ place: { store, run }, kept, seen }: Scene): readonly string[] {
  const { root } = store.paths;
  const folders = ['containers', 'tmp', 'locks'].map((name) => path.join(root, name));
  const files = [...folders, run.root, run.engine, run.exits].flatMap((folder) =>
    namesIn(folder).map((name) => path.join(folder, name)),
  );
  const ours = new Set([run.engine, run.exits]);
  const isKept = (text: string): boolean =>
    text.includes('--name running') || [...kept].some((id) => text.includes(id));
  const processes = [...processesSeeing(run.root), ...processesNaming(root), ...processesNaming(run.root)];
  const inKept = new Set([...kept].flatMap((id) => processesIn(id).map(({ pid }) => pid)));
  return [
    ...files.filter((file) => !ours.has(file) && !isKept(file)),
    ...(isMounted(root) || isMounted(run.root) ? ['something is mounted for all to see'] : []),
    ...processes
      .filter(({ pid, command }) => !isKept(command) && !inKept.has(pid))
      .map(({ pid, command }) => `process ${String(pid)}: ${command}`),
    ...[...seen].filter((id) => !kept.has(id)).flatMap(controlGroups),
  ];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Asks until there is no problem any more; returns the one that stays. */
async function settled(look: () => Promise<string | undefined>): Promise<string | undefined> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const problem = await look();
    if (problem === undefined || performance.now() > deadline) return problem;
    await sleep(50);
  }
}
