import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { device, dir, file, whiteout } from '../../fixtures/tar.js';
import { image, layer } from '../../fixtures/image.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import Cat from '../../src/commands/cat.js';
import Extract from '../../src/commands/extract.js';
import Recover from '../../src/commands/recover.js';
import { DEMO, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { removeTree } from '../helpers/remove.js';
import { RUN, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const recover = (...argv: string[]) => runCommand(Recover, argv);
const cat = (...argv: string[]) => runCommand(Cat, argv);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let out = '';
beforeEach(() => {
  out = path.join(folder(), 'out');
  removeTree(out);
  mkdirSync(out);
});
const to = (name: string): string => path.join(out, name);

describe('a version to standard output', () => {
  test('is the last one that the snapshot hides, as the layer has it', async () => {
    for (const [name, held] of [
      ['/root/.deploy/token', '6'],
      ['/app/config.json', '10'],
      ['/usr/bin/curl', '2'],
      ['/bin/curl', '2'],
    ]) {
      const { bytes, status } = await recover(DEMO, name);
      expect([name, status, sha256(bytes)]).toEqual([
        name,
        0,
        sha256((await cat(DEMO, name, '--layer', held)).bytes),
      ]);
      expect((await cat(DEMO, name, '--deleted')).bytes).toEqual(bytes);
    }
    expect((await recover(DEMO, '/root/.deploy/token', '-o', '-')).stdout).toMatch(/^crew:/);
  });

  test('where several layers hold one, stderr says which it is', async () => {
    for (const { stderr } of [
      await recover(DEMO, '/app/config.json'),
      await cat(DEMO, '/app/config.json', '--deleted'),
    ])
      expect(stderr).toContain('/app/config.json is held by layers 5, 9, 10, 11: this is that of layer 10\n');
    expect((await recover(DEMO, '/root/.deploy/token')).stderr).not.toContain('held by');
  });

  test('--version takes a layer or the beginning of a digest, also of what is shown', async () => {
    expect((await recover(DEMO, '/app/config.json', '--version', '11')).stdout).toContain('dark');
    expect((await recover(DEMO, '/app/config.json', '--version', '-2')).stdout).toContain('dark');
    for (const version of ['5', '9', '10'])
      expect((await recover(DEMO, '/app/config.json', '--version', version)).stdout).toContain('light');
    const light = sha256((await recover(DEMO, '/app/config.json')).bytes);
    for (const version of [`sha256:${light}`, `sha256:${light.slice(0, 6).toUpperCase()}`])
      expect((await recover(DEMO, '/app/config.json', '--version', version)).stdout).toContain('light');
  });

  test('what is refused says what to do', async () => {
    for (const [argv, status, text] of [
      [
        ['/etc/hostname'],
        4,
        /E_NOT_FOUND: .*no version of it is hidden\nhint: the snapshot shows what is in layer 1; /,
      ],
      [['/app'], 4, /E_NOT_FOUND: .*\nhint: .* --all -o DIR writes what is hidden below it/],
      [['/app/config.json', '--version', '2'], 4, /E_NOT_FOUND: .*\nhint: layers 5, 9, 10, 11 hold one/],
      [['/app/config.json', '--version', '99'], 4, /E_SNAPSHOT_RANGE: /],
      [['/app/config.json', '--version', 'sha256:000000'], 4, /E_NOT_FOUND: .*\nhint: layers 5/],
      [['/app/config.json', '--version', 'light'], 2, /E_USAGE: .*\nhint: .*--list/],
      [['/root/.deploy'], 1, /E_NOT_A_FILE: .*it is a directory\nhint: .*--output/],
      [['/app/current'], 1, /E_NOT_A_FILE: .*it is a symbolic link\nhint: .*--output/],
      [['/nope'], 4, /E_NOT_FOUND: /],
      [['--all'], 2, /E_USAGE: .*--output/],
      [['--all', '-o', '-'], 2, /E_USAGE: .*\nhint: name a new directory/],
      [['/root/.deploy/token', '--json'], 2, /"code": "E_USAGE"/],
      [['/etc/apt', '--all', '-o', 'never'], 4, /E_NOT_FOUND: .*nothing at or below it is hidden\nhint: /],
    ] as const) {
      const ended = await recover(DEMO, ...argv);
      expect([argv, ended.status, ended.stderr + ended.stdout]).toEqual([
        argv,
        status,
        expect.stringMatching(text),
      ]);
    }
    expect((await cat(DEMO, '/etc/hostname', '--deleted')).status).toBe(4);
    expect((await cat(DEMO, '/etc/hostname', '--deleted', '--layer', '1')).status).toBe(2);
    expect(existsSync('never')).toBe(false);
  });

  test('binary content is not written to a terminal, text is', async () => {
    const root = path.join(folder(), 'binary');
    const layers = [
      await layer([file('bin', Buffer.from([0, 1, 2, 255])), file('text', 'plain \x1b[2J\n')]),
      await layer([whiteout('bin'), whiteout('text')]),
    ];
    writeFolder(
      root,
      simpleLayout(image({ steps: layers.map((one) => ({ createdBy: 'RUN', layer: one })) }), 'binary'),
    );
    const binary = await runCommand(Recover, [root, '/bin'], { tty: 80 });
    expect([binary.status, binary.stdout, binary.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(/E_BINARY_TO_TERMINAL: .*\nhint: .*--output/),
    ]);
    expect((await runCommand(Recover, [root, '/text'], { tty: 80 })).stdout).toBe('plain \\x1b[2J\n');
    expect((await recover(root, '/text')).stdout).toBe('plain \x1b[2J\n');
  });
});

describe('--list', () => {
  test('tells every version that can be restored and what became of it', async () => {
    const { stdout } = await runCommand(Recover, [DEMO, '/app/config.json', '--list'], { tty: 120 });
    expect(withoutColour(stdout)).toMatch(
      /^LAYER +SIZE +CONTENT +STORED BY +THEN\n +5 +110 B +sha256:\w{12} +COPY \. \/app +repeated by 9 RUN chmod.*\n +9 .*\n +10 .*replaced by 11 RUN <<EOF.*\n +11 +109 B .*shown\n$/,
    );
    const listed = validJson('recover.json', await recover(DEMO, '/app/config.json', '--list', '--json')) as {
      versions: { layer: number; then: unknown }[];
    };
    expect(listed.versions.map(({ layer: number }) => number)).toEqual([5, 9, 10, 11]);
    expect(listed.versions.at(-1)?.then).toBeNull();
    expect(existsSync(to('x'))).toBe(false);
    expect((await recover(DEMO, '/app/config.json', '--list', '-o', to('x'))).status).toBe(2);
  });
});

describe('a version to the disk', () => {
  test('a file under a new name, in a directory under its own, never over another', async () => {
    const token = (await recover(DEMO, '/root/.deploy/token')).stdout;
    const named = await recover(DEMO, '/root/.deploy/token', '-o', to('t'));
    expect([named.status, named.stdout]).toEqual([
      0,
      `recovered /root/.deploy/token of layer 6 to ${to('t')}: 1 file, 46 B\n`,
    ]);
    expect(readFileSync(to('t'), 'utf8')).toBe(token);
    expect(statSync(to('t')).mode & 0o777).toBe(0o600);
    for (const directory of [`${out}/`, to('.')]) {
      expect((await recover(DEMO, '/root/.deploy/token', '-o', directory)).status).toBe(0);
      expect(readFileSync(to('token'), 'utf8')).toBe(token);
      removeTree(to('token'));
    }
    writeFileSync(to('t'), 'mine');
    const again = await recover(DEMO, '/root/.deploy/token', '-o', to('t'));
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('E_EXISTS')]);
    expect(readFileSync(to('t'), 'utf8')).toBe('mine');
    expect((await recover(DEMO, '/root/.deploy/token', '-o', to('no/t'))).stderr).toContain('E_NOT_FOUND');
    expect(readdirSync(out)).toEqual(['t']);
  });

  test('a link is made as it was', async () => {
    expect((await recover(DEMO, '/app/current', '-o', `${out}/`)).status).toBe(0);
    expect(readlinkSync(to('current'))).toBe('releases/1');
  });

  test('a directory is the tree of the snapshot before it went, or of the one that is named', async () => {
    const made = validJson(
      'recover.json',
      await recover(DEMO, '/root/.deploy', '-o', to('deploy'), '--json'),
    ) as object;
    expect(made).toMatchObject({ recovered: { path: '/root/.deploy', layer: 6 }, files: 3 });
    await runCommand(Extract, [`${DEMO}@7`, '/root/.deploy', '-o', to('same')]);
    for (const name of readdirSync(to('same')))
      expect(readFileSync(to(`deploy/${name}`))).toEqual(readFileSync(to(`same/${name}`)));
    expect(readdirSync(to('deploy'))).toEqual(readdirSync(to('same')));
    expect((await recover(DEMO, '/app', '--version', '5', '-o', to('app'))).status).toBe(0);
    expect(readFileSync(to('app/cache/thumbs.db')).length).toBeGreaterThan(20_000);
    // Layer 8 says nothing of /app, and still there is an /app after it.
    expect((await recover(DEMO, '/app', '--version', '8', '-o', to('app8'))).status).toBe(0);
    expect(existsSync(to('app8/cache/thumbs.db'))).toBe(false);
  });

  test('--all is every hidden version at its layer, below PATH only', async () => {
    const made = validJson(
      'recover.json',
      await recover(DEMO, '/root', '--all', '-o', to('all'), '--json'),
    ) as object;
    expect(made).toMatchObject({ path: '/root', versions: 4, notRestored: [] });
    expect(readdirSync(to('all'), { recursive: true }).sort()).toEqual([
      '6',
      '6/root',
      '6/root/.deploy',
      '6/root/.deploy/aws',
      '6/root/.deploy/id_rsa',
      '6/root/.deploy/token',
    ]);
    const again = await recover(DEMO, '--all', '-o', to('all'));
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('E_EXISTS')]);
  });

  test('versions of one path in one layer stay apart; what cannot be made is named', async () => {
    const root = path.join(folder(), 'twice');
    const layers = [
      await layer([
        dir('d'),
        file('d/x', 'first'),
        file('d/x', 'last'),
        file('d', 'file'),
        device('null', 'character', [1, 3]),
      ]),
      await layer([whiteout('d'), whiteout('null')]),
    ];
    writeFolder(
      root,
      simpleLayout(image({ steps: layers.map((one) => ({ createdBy: 'RUN', layer: one })) }), 'twice'),
    );
    const ended = await recover(root, '--all', '-o', to('all'));
    expect([ended.status, ended.stderr]).toEqual([
      0,
      expect.stringContaining('left out: 1 device (/1/null)'),
    ]);
    const files = readdirSync(to('all'), { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(to(`all/${name}`)).isFile())
      .map((name) => readFileSync(to(`all/${name}`), 'utf8'));
    expect(files.sort()).toEqual(['file', 'first', 'last']);
    expect(readFileSync(to('all/1/d'), 'utf8')).toBe('file');
    expect((await recover(root, '/null', '-o', to('null'))).stderr).toContain('E_NOT_A_FILE');
  });

  test('after an interrupt nothing is left', async () => {
    const root = path.join(folder(), 'large');
    const layers = [
      await layer([file('large', Buffer.alloc(300_000_000, 'x'))], 'none'),
      await layer([whiteout('large')]),
    ];
    writeFolder(
      root,
      simpleLayout(image({ steps: layers.map((one) => ({ createdBy: 'RUN', layer: one })) }), 'large'),
    );
    const env = { ...process.env, STRATA_STORE: path.join(folder(), 'store') };
    const child = spawn(process.execPath, [RUN, 'recover', '-q', root, '--all', '-o', to('all')], { env });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    // Half-way: the staging directory is there.
    while (child.exitCode === null && readdirSync(out).length === 0) await sleep(5);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(readdirSync(out)).toEqual([]);
  }, 60_000);
});
