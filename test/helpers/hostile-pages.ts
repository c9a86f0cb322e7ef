import type { ContainerRow } from '../../src/report/containers.js';
import type { ContainerChange } from '../../src/runtime/changes/container-change.js';
import type { OpenChanges } from '../../src/tui/effects/step-in.js';
import type { Action } from '../../src/tui/state/action.js';
import type { State } from '../../src/tui/state/state.js';
import { after, key, keys, typed } from './pressed.js';

/**
 * Yields every page of containers, their logs, a search and a commit, with each question and prompt above them, where
 * names, texts and bytes of an image, a container or another program stand: all of them `name`.
 */
export function* hostilePages(first: State, name: string): Generator<State> {
  yield* containerPages(first, name);
  yield* bisectPages(first, name);
  yield* changePages(first, name);
  yield after(first, { type: 'stepping', text: name }).state;
  yield after(first, { type: 'message', message: { text: name, role: 'error' } }).state;
}

function* containerPages(first: State, name: string): Generator<State> {
  const row: ContainerRow = {
    id: 'c'.repeat(64),
    name,
    image: name,
    command: [name, name],
    created: '2027-01-15T07:00:00Z',
    status: 'running',
    started: '2027-01-15T07:58:00Z',
    exit: undefined,
  };
  const page = after(first, key('p')).state;
  const list = after(page, {
    type: 'containers',
    id: idOf(page),
    rows: [row, { ...row, id: 'd' }],
    now: 0n,
  }).state;
  yield list;
  for (const chord of ['D', 'x', 'c', '?', 'K']) yield after(list, key(chord)).state;
  const log = after(list, key('l')).state;
  // A line has no line feed.
  const bytes = Buffer.from(name.replaceAll('\n', ' '));
  const lines = (['stdout', 'stderr'] as const).map((stream) => ({
    time: row.created,
    stream,
    bytes,
    more: 7,
  }));
  const written = after(log, { type: 'log', id: idOf(log), log: { lines, dropped: 0, ended: true } }).state;
  yield written;
  yield after(written, key('t')).state;
  yield after(written, key('/'), ...start(name)).state;
  yield after(written, key('/'), ...start(name), key('Enter')).state;
  yield after(log, { type: 'unread', id: idOf(log), problem: [name, name] }).state;
}

function* bisectPages(first: State, name: string): Generator<State> {
  yield after(first, key('b'), ...start(name)).state;
  const page = after(first, key('b'), ...start(`${name} `), key('Enter')).state;
  yield page;
  const id = idOf(page);
  const trial = { n: 3, verdict: 'bad', ended: name, milliseconds: 1 } as const;
  const tried = after(page, { type: 'bisect-step', id, step: { kind: 'tried', trial } }).state;
  const change = { before: 2, after: 3, skipped: [], to: 'bad' } as const;
  const end = { change, output: Buffer.from(`${name}\n${name}`) };
  yield after(tried, { type: 'bisect-end', id, end, changes: undefined }).state;
  yield after(tried, { type: 'bisect-stopped', id, why: [name, name] }).state;
}

function* changePages(first: State, name: string): Generator<State> {
  const path = name.startsWith('/') ? name : `/${name}`;
  const file = { path, kind: 'symlink', size: 1, link: name } as ContainerChange['after'];
  const changes: ContainerChange[] = [
    { path, kind: 'added', facets: 0, before: undefined, after: file, removedBy: undefined },
    {
      path: `${path}/${name}`,
      kind: 'removed',
      facets: 0,
      before: file as never,
      after: undefined,
      removedBy: 'name',
    },
  ];
  const open: OpenChanges = {
    id: 'c1',
    name,
    image: name,
    n: 12,
    running: true,
    files: undefined as never,
    changes,
    sockets: [path],
  };
  const list = after(first, { type: 'changes', id: undefined, open }).state;
  yield list;
  for (const chord of ['g', 'G', 'y', 'D', 'd', '?', '-']) yield after(list, key(chord)).state;
  yield after(list, ...keys('G', 'd'), key('/'), ...start(name)).state;
  yield after(list, key('/'), ...start(name)).state;
  const form = after(list, key('K')).state;
  yield form;
  yield after(form, key('n'), ...start(name)).state;
  yield after(form, key('m'), ...start(name), key('Enter')).state;
  const preview = { members: 1, whiteouts: 1, bytes: 3, number: 13, leftOut: [name], taken: name };
  const id = idOf(form);
  const heard: Action[] = [
    { type: 'previewed', id, preview },
    { type: 'uncommitted', id, problem: [name, name] },
    { type: 'committed', id, done: { reference: name, digest: name, layer: name } },
    { type: 'discarded', id, name },
  ];
  for (const one of heard) yield after(form, one).state;
}

/** Types the beginning of it: a key costs a frame's worth of work. */
function start(name: string): Action[] {
  return typed(name).slice(0, 40);
}

function idOf(state: State): number {
  return state.page?.id ?? 0;
}
