import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readRefs } from '../../src/store/refs.js';
import { CHANGES, compileDeeds, run, traced } from './child.js';
import { DEEDS } from './deeds.js';
import { sampleImage } from './sample-image.js';
import { damage, filesBelow, openAt, scratch, storedDigests } from './scratch.js';

// Each test starts many processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const directory = scratch();
let program = '';
beforeAll(() => {
  program = compileDeeds(path.join(directory, 'js'));
});

interface Scenario {
  readonly deed: string;
  readonly argument: string;
  /** Makes the state before. */
  readonly prepare: (store: string) => Promise<void>;
  /** The names the store may have afterwards, old or new. */
  readonly names: readonly (readonly string[])[];
}

const withOldImage = async (store: string): Promise<void> => {
  await DEEDS.image(await openAt(store), 'old');
};

const SCENARIOS: readonly Scenario[] = [
  { deed: 'put', argument: 'x', prepare: () => Promise.resolve(), names: [[]] },
  { deed: 'image', argument: 'new', prepare: withOldImage, names: [['old'], ['old', 'new']] },
  { deed: 'untag', argument: 'old', prepare: withOldImage, names: [['old'], []] },
  {
    deed: 'derive',
    argument: 'b',
    async prepare(store) {
      await withOldImage(store);
      await DEEDS.derive(await openAt(store), 'a');
    },
    names: [['old']],
  },
  {
    deed: 'prune',
    argument: '',
    async prepare(store) {
      await withOldImage(store);
      await DEEDS.image(await openAt(store), 'gone');
      await DEEDS.untag(await openAt(store), 'gone');
      await DEEDS.derive(await openAt(store), 'a');
      mkdirSync(path.join(store, 'cache/index-v0/ab'), { recursive: true });
      writeFileSync(path.join(store, 'cache/index-v0/ab', 'ab'.repeat(32)), 'of an older format');
      writeFileSync(path.join(store, 'tmp/999999999-1-1-ab-0123456789abcdef'), 'half');
      for (const file of filesBelow(store)) utimesSync(file, 1000, 1000);
    },
    names: [['old']],
  },
];

describe('kill -9 before each call that changes the disk', () => {
  test.each(SCENARIOS)(
    'at any moment of `$deed`: every blob has its digest, the names are old or new, fsck finds no damage, a retry succeeds',
    async ({ deed, argument, prepare, names }) => {
      const base = path.join(directory, deed);
      const before = path.join(base, 'before');
      await prepare(before);
      mkdirSync(before, { recursive: true });
      const points = await changingCalls(base, before, deed, argument);
      expect(points.length).toBeGreaterThan(3);

      await inParallel(points, async ({ call, nth }) => {
        const store = path.join(base, `at-${call}-${nth}`);
        cpSync(before, store, { recursive: true, preserveTimestamps: true });
        const options = ['-o', '/dev/null', '-e', `trace=${CHANGES}`];
        const inject = ['-e', `inject=${call}:signal=KILL:when=${nth}`];
        const ended = await run('strace', traced([program, store, deed, argument], [...options, ...inject]));
        expect(ended.stdout, `killed at ${call} ${nth}: ${ended.stderr}`).toBe('');

        storedDigests(store);
        expect(await damage(store), `killed at ${call} ${nth}`).toEqual([]);
        expect(names).toContainEqual(await namesOf(store));

        await DEEDS[deed](await openAt(store), argument);
        expect(await damage(store)).toEqual([]);
        expect(await namesOf(store)).toEqual(names[names.length - 1]);
        expect(filesBelow(path.join(store, 'tmp')), 'half-written files are swept by the retry').toEqual([]);
        rmSync(store, { recursive: true });
      });
    },
  );
});

test('fsync(2): a file is synced before it gets its name, its directory after, and index.json comes last', async () => {
  const store = path.join(directory, 'order');
  const log = path.join(directory, 'order.log');
  const options = ['-y', '-o', log, '-e', 'trace=fsync,rename'];
  const ended = await run('strace', traced([program, store, 'image', 'new'], options));
  expect(ended.stdout).toBe('done\n');
  const steps = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const sync = /fsync\(\d+<([^>]*)>/.exec(line);
      if (sync !== null) return [{ kind: 'sync', from: sync[1], to: '' }];
      const rename = /rename\("([^"]*)", "([^"]*)"/.exec(line);
      return rename === null ? [] : [{ kind: 'rename', from: rename[1], to: rename[2] }];
    });
  const renames = steps.filter((step) => step.kind === 'rename');
  expect(renames.length).toBeGreaterThan(6);
  for (const step of renames) {
    const at = steps.indexOf(step);
    expect(steps.slice(0, at).some((other) => other.kind === 'sync' && other.from === step.from)).toBe(true);
    const next = steps[at + 1];
    expect([next.kind, next.from]).toEqual(['sync', path.dirname(step.to)]);
  }
  expect(renames[renames.length - 1].to).toBe(path.join(store, 'index.json'));
  expect(storedDigests(store)).toContain(sampleImage('new').manifest.digest);
});

async function namesOf(store: string): Promise<readonly (string | undefined)[]> {
  return (await readRefs(await openAt(store))).map((ref) => ref.name);
}

interface Call {
  readonly call: string;
  /** Counted from 1 per call, as strace's `when` does. */
  readonly nth: number;
}

/** Runs the deed once to its end and returns the changing calls it made, in their order. */
async function changingCalls(
  base: string,
  before: string,
  deed: string,
  argument: string,
): Promise<readonly Call[]> {
  const store = path.join(base, 'whole');
  const log = path.join(base, 'whole.log');
  cpSync(before, store, { recursive: true, preserveTimestamps: true });
  const options = ['-o', log, '-e', `trace=${CHANGES}`];
  const ended = await run('strace', traced([program, store, deed, argument], options));
  expect(ended.stdout, ended.stderr).toBe('done\n');
  const counts = new Map<string, number>();
  const threads = new Set<string>();
  const calls = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^(\d+) +([a-z0-9]+)\(/.exec(line);
      if (match === null) return [];
      const nth = (counts.get(match[2]) ?? 0) + 1;
      counts.set(match[2], nth);
      threads.add(match[1]);
      return [{ call: match[2], nth }];
    });
  expect(threads.size, 'strace counts per thread').toBe(1);
  return calls;
}

/** Two at a time: each is one process that mostly waits for the disk. */
async function inParallel<T>(items: readonly T[], deed: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await deed(item);
  };
  await Promise.all([worker(), worker()]);
}
