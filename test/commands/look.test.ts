import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import Blame from '../../src/commands/blame.js';
import Cat from '../../src/commands/cat.js';
import Find from '../../src/commands/find.js';
import Grep from '../../src/commands/grep.js';
import Ls from '../../src/commands/ls.js';
import Stat from '../../src/commands/stat.js';
import Tree from '../../src/commands/tree.js';
import { CONTROL, DEMO, linesOf, useFolder, withoutColour } from '../helpers/look.js';
import { FIXTURES, RUN, runCommand } from '../helpers/run-command.js';

const folder = useFolder();

test('a user id without an entry in passwd and without HOME needs no home when the store is named', () => {
  const env = { ...process.env, HOME: undefined, STRATA_STORE: path.join(folder(), 'anybody') };
  // What Node does for such a user id (uv_os_homedir).
  const homeless =
    'data:text/javascript,import os from "node:os"; const own = os.homedir; os.homedir = () => { if (process.env.HOME === undefined) throw new Error("ENOENT"); return own(); };';
  for (const line of [['images'], ['--help'], ['doctor'], ['fsck']]) {
    const { status, stderr } = spawnSync(process.execPath, ['--import', homeless, RUN, ...line], {
      encoding: 'utf8',
      env,
    });
    expect([line, status, stderr]).toEqual([line, 0, expect.not.stringContaining('E_INTERNAL')]);
  }
});

/** Each command that looks, asked for something hostile of the demo. */
const LOOKS = [
  ['ls', Ls, [DEMO, '-R', '--deleted']],
  ['ls --layer', Ls, [DEMO, '--layer', '12']],
  ['ls -1', Ls, [DEMO, '/app/uploads', '-1']],
  ['tree', Tree, [DEMO, '--sizes']],
  ['tree --changes', Tree, [DEMO, '--changes']],
  ['cat', Cat, [DEMO, '/app/uploads/\\x1b[2J\\x1b[31mred.txt']],
  ['stat', Stat, [DEMO, '/app/uploads/\\x1b[2J\\x1b[31mred.txt', '/app/uploads/two\\nlines.txt']],
  ['find', Find, [DEMO, '/app/uploads']],
  ['find -l', Find, [DEMO, '/app/uploads', '-l']],
  ['grep', Grep, [DEMO, '.', '/app/uploads']],
  ['blame', Blame, [DEMO, '/app/uploads/\\x1b]52;c;aGFyYm91cg==\\x07.txt', '--diff']],
] as const;

describe('what the terminal gets', () => {
  test.each(LOOKS)(
    '%s: no control character of the image, in colour or not, in JSON neither',
    async (_name, command, argv) => {
      for (const flags of [['--color=never'], ['--color=always'], ['--json']]) {
        const { stdout, stderr, status } = await runCommand(command, [...argv, ...flags], { tty: 80 });
        expect(status).toBe(0);
        expect(stdout.length).toBeGreaterThan(0);
        expect(withoutColour(stdout).replaceAll('\t', '')).not.toMatch(CONTROL);
        expect(withoutColour(stderr)).not.toMatch(CONTROL);
      }
    },
  );

  test('errors name hostile paths escaped', async () => {
    for (const command of [Ls, Tree, Cat, Stat, Find, Blame]) {
      const { status, stderr } = await runCommand(command, [DEMO, '/\x1b[2Jnope\n']);
      expect(status).toBe(4);
      expect(stderr).not.toMatch(CONTROL);
      expect(stderr).toContain('\\x1b[2Jnope\\n');
    }
  });
});

describe('anomalies', () => {
  test('are one line on stderr that says how to see them; none under --quiet and --json', async () => {
    for (const [, command, argv] of LOOKS) {
      const { stderr } = await runCommand(command, argv);
      expect(linesOf(stderr).filter((line) => line.startsWith('anomalies'))).toEqual([
        `anomalies: 10 warnings (strata verify ${DEMO} lists them)`,
      ]);
      for (const flag of ['--quiet', '--json'])
        expect((await runCommand(command, [...argv, flag])).stderr).not.toContain('anomalies');
    }
    expect((await runCommand(Ls, [`${DEMO}@3`])).stderr).toContain(`(strata verify ${DEMO} lists them)`);
  });

  test('fail under --strict, after the data', async () => {
    for (const [, command, argv] of LOOKS) {
      const { status, stdout, stderr } = await runCommand(command, [...argv, '--strict']);
      expect(status).toBe(3);
      expect(stdout.length).toBeGreaterThan(0);
      expect(stderr).toContain('E_DAMAGED');
    }
    expect((await runCommand(Ls, [path.join(FIXTURES, 'docker-classic.tar'), '--strict'])).status).toBe(0);
  });
});

/** As many files as fill any pipe. */
const MANY = 3000;
let many = '';
beforeAll(() => {
  const root = path.join(folder(), 'many');
  mkdirSync(root);
  for (let i = 0; i < MANY; i++)
    writeFileSync(path.join(root, `a file with a rather long name ${String(i)}`), 'needle\n');
  writeFileSync(path.join(root, 'zeros'), Buffer.alloc(20_000_000));
  many = `rootfs:${root}`;
});

const environment = () => ({ ...process.env, STRATA_STORE: path.join(folder(), 'store') });

describe('as processes', () => {
  test.each([
    ['ls', []],
    ['ls', ['-R', '--json']],
    ['tree', []],
    ['find', []],
    ['find', ['-0']],
    ['cat', ['/zeros']],
    ['grep', ['needle']],
    ['ls', ['--layer', '1']],
  ])('%s %j | head -c 1: quiet, and 0', (name, argv) => {
    const line = `"$NODE" "$RUN" ${name} "$IMAGE" ${argv.join(' ')} -q | head -c 1 | wc -c; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], {
      encoding: 'utf8',
      env: { ...environment(), NODE: process.execPath, RUN, IMAGE: many },
    });
    expect([stdout.replace(/\s+/g, ' ').trim(), stderr]).toEqual(['1 0', '']);
  });

  test('Ctrl-C ends with 130 and leaves nothing behind', async () => {
    const child = spawn(process.execPath, [RUN, 'cat', many, ...Array.from({ length: 50 }, () => '/zeros')], {
      env: environment(),
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once('data', () => child.kill('SIGINT'));
    child.stdout.resume();
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('close', (...ended) => {
        resolve(ended);
      }),
    );
    expect([code, signal]).toEqual([130, null]);
    expect(stderr).toContain('E_INTERRUPTED');
    expect(readdirSync(path.join(folder(), 'store')).filter((name) => name.startsWith('tmp'))).toEqual([]);
  });

  test('an image can come through standard input; it is never taken for a missing argument', () => {
    const through = (argv: readonly string[]) =>
      spawnSync('bash', ['-c', `cat "$DEMO" | "$NODE" "$RUN" ${argv.join(' ')}`], {
        encoding: 'utf8',
        env: { ...environment(), NODE: process.execPath, RUN, DEMO },
      });
    expect(linesOf(through(['ls', '-', '/app/src', '-1']).stdout)).toEqual(['crew.css', 'font.woff2']);
    expect(through(['cat', '-', '/etc/hostname']).stdout).toBe('harbour\n');
    const missing = through(['ls']);
    expect([missing.status, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('E_USAGE');
  });
});
