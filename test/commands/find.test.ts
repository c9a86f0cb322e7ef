import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import Find from '../../src/commands/find.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const find = (...argv: string[]) => runCommand(Find, argv);
const found = async (...argv: string[]): Promise<string[]> => linesOf((await find(...argv)).stdout);

interface FindJson {
  readonly found: number;
  readonly files: readonly { readonly path: string; readonly content?: string; readonly gone?: object }[];
}
async function json(...argv: string[]): Promise<FindJson> {
  return validJson('find.json', await find(...argv, '--json')) as FindJson;
}

/** Layers of the demo without whiteouts, as trees that find(1) can walk. */
const trees = new Map<number, string>();
beforeAll(() => {
  execFileSync('tar', ['-xf', DEMO, '-C', folder()]);
  const manifest = readFileSync(path.join(folder(), 'manifest.json'), 'utf8');
  const [{ Layers }] = JSON.parse(manifest) as [{ Layers: string[] }];
  for (const layer of [1, 5, 12]) {
    const root = path.join(folder(), `tree-${String(layer)}`);
    mkdirSync(root);
    execFileSync('tar', ['-xpf', path.join(folder(), Layers[layer - 1]), '-C', root, '--no-same-owner']);
    trees.set(layer, root);
  }
});

/** What find(1) says of the tree of a layer, as rooted paths with every byte. */
function told(layer: number, ...conditions: string[]): string[] {
  const root = trees.get(layer) ?? '';
  const out = execFileSync('find', [root, '-mindepth', '1', ...conditions, '-print0'], {
    encoding: 'latin1',
  });
  return out
    .split('\0')
    .slice(0, -1)
    .map((name) => name.slice(root.length))
    .sort();
}

/** The same of ours, from --print0. */
async function ours(...conditions: string[]): Promise<string[]> {
  const { bytes } = await find(...conditions, '-0');
  return bytes
    .toString('latin1')
    .split('\0')
    .slice(0, -1)
    .filter((name) => name !== '/')
    .sort();
}

describe('find: what find(1) finds in the same tree', () => {
  test.each([
    ['everything', [], []],
    ['-name', ['--name', '*.conf'], ['-name', '*.conf']],
    ['-name with a class', ['--name', '[a-c]*[!o]'], ['-name', '[a-c]*[!o]']],
    ['-iname', ['--name', 'MKDIR*', '-i'], ['-iname', 'MKDIR*']],
    [
      'two names',
      ['--name', 'passwd', '--name', 'group'],
      ['(', '-name', 'passwd', '-o', '-name', 'group', ')'],
    ],
    ['-type f', ['--kind', 'f'], ['-type', 'f']],
    ['-type l', ['--kind', 'symlink'], ['-type', 'l']],
    ['-type d,f', ['--kind', 'd,file'], ['-type', 'd,f']],
    ['-size +', ['--size', '+100'], ['-type', 'f', '-size', '+100c']],
    ['-size -', ['--size', '-100', '--kind', 'f'], ['-type', 'f', '-size', '-100c']],
    ['-size exact', ['--size', '8'], ['-type', 'f', '-size', '8c']],
    [
      '-size between',
      ['--size=+10', '--size=-60', '--kind=f'],
      ['-type', 'f', '-size', '+10c', '-size', '-60c'],
    ],
    ['-perm exact', ['--mode', '0640'], ['-perm', '0640']],
    ['-perm -', ['--mode', '-0111', '--kind', 'f'], ['-type', 'f', '-perm', '-0111']],
    ['-perm /', ['--mode', '/1022', '--kind', 'd'], ['-type', 'd', '-perm', '/1022']],
    ['-empty', ['--empty'], ['-empty']],
    [
      '-path',
      ['--path', '/etc/*/*'],
      ['-regextype', 'posix-extended', '-regex', '.*/etc/[^/]+/[^/]+', '-path', '*/tree-1/etc/*'],
    ],
    [
      '-regex',
      ['--regex', '^/usr/bin/[a-c][^/]*$'],
      ['-regextype', 'posix-extended', '-regex', '.*/tree-1/usr/bin/[a-c][^/]*'],
    ],
  ])('%s', async (_name, conditions, same) => {
    const all = await ours(`${DEMO}@1`, ...conditions);
    expect(all).toEqual(told(1, ...same));
    if (same.length > 0) expect(all.length).toBeGreaterThan(0);
  });

  test('-newermt, to the nanosecond', async () => {
    for (const fraction of ['', '.05', '.123456788', '.123456789', '.2']) {
      const image = [`${DEMO}@5`, '/app', '--layer', '5', '--kind', 'f,l'];
      const moment = `2026-03-01T12:08:00${fraction}Z`;
      const newer = ['-newermt', `2026-03-01 12:08:00${fraction}Z`];
      const both = ['-type', 'f,l', '-path', '*/tree-5/app/*'];
      expect(await ours(...image, '--newer', moment)).toEqual(told(5, ...both, ...newer));
      // find(1) has no "before": not newer, and not that very moment.
      if (fraction === '.05')
        expect(await ours(...image, '--older', moment)).toEqual(told(5, ...both, '-not', ...newer));
    }
  });

  test('names of any bytes come out of -0 exactly', async () => {
    const entries = await ours(DEMO, '/app/uploads', '--layer', '12');
    expect(entries).toEqual(told(12).filter((name) => name.startsWith('/app/uploads')));
    expect(entries.some((name) => name.includes('\n'))).toBe(true);
    expect(entries.some((name) => name.includes('\xe9'))).toBe(true);
  });
});

describe('find', () => {
  test('privileges: setuid and setgid files, capabilities, what anyone may write', async () => {
    expect(await found(DEMO, '--setuid')).toEqual(['/usr/bin/expiry', '/usr/bin/newgrp']);
    expect(await found(DEMO, '--mode', '-4000')).toEqual(['/usr/bin/newgrp']);
    expect(await found(DEMO, '--mode=/6000', '--kind', 'file')).toEqual([
      '/usr/bin/expiry',
      '/usr/bin/newgrp',
    ]);
    for (const name of ['any', 'net_raw', 'CAP_NET_RAW'])
      expect(await found(DEMO, '--capability', name)).toEqual(['/usr/bin/ping']);
    expect(await found(DEMO, '--capability', 'sys_admin')).toEqual([]);
    expect(await found(DEMO, '--xattr', 'security.*')).toEqual(['/usr/bin/ping']);
    const writable = await found(DEMO, '--world-writable');
    expect(writable).toEqual(['/app/data', '/app/data/inbox'].filter((name) => writable.includes(name)));
    expect(writable).toContain('/app/data');
  });

  test('layer, owner and content', async () => {
    expect(await found(DEMO, '--layer', '11')).toEqual(['/app/config.json', '/app/current']);
    expect(await found(DEMO, '--layer', '2-3,11', '--name', 'c*')).toEqual(
      expect.arrayContaining(['/app/config.json', '/app/current']),
    );
    expect((await found(DEMO, '--uid', '1000')).every((name) => name.startsWith('/app'))).toBe(true);
    expect(await found(DEMO, '--gid', '42')).toEqual(['/etc/shadow', '/usr/bin/expiry']);
    const chart = (await json(DEMO, '--name', 'chart.png')).files[0].content ?? '';
    const both = ['/app/releases/1/public/chart.png', '/app/releases/2/public/chart.png'];
    expect(await found(DEMO, '--sha256', chart)).toEqual(both);
    expect(await found(DEMO, '--sha256', chart.slice(7).toUpperCase())).toEqual(both);
  });

  test('--deleted finds the versions that are hidden, with the layer that hid them', async () => {
    const { files } = await json(DEMO, '--deleted', '--name', 'token', '--name', 'config.json');
    expect(files.map((file) => [file.path, file.gone])).toEqual([
      ['/app/config.json', { layer: 11, replaced: true }],
      ['/root/.deploy/token', { layer: 8, replaced: false }],
    ]);
    expect(await found(DEMO, '/root/.deploy', '--deleted', '--kind', 'f')).toHaveLength(3);
    expect(await found(`${DEMO}@7`, '--deleted', '--name', 'token')).toEqual([]);
  });

  test('ages count from now; a layer of the past is older than a day', async () => {
    expect(await found(DEMO, '--newer', '2100-01-01')).toEqual([]);
    expect(
      (await found(DEMO, '--older', '1y', '--kind', 'f')).length +
        (await found(DEMO, '--newer', '1y', '--kind', 'f')).length,
    ).toBe((await found(DEMO, '--kind', 'f')).length);
  });

  test('--most, --sort and --long', async () => {
    expect(await found(DEMO, '--kind', 'f', '--sort', 'size', '--most', '2')).toEqual([
      '/usr/bin/busybox',
      '/usr/bin/ls',
    ]);
    expect(await found(DEMO, '--most', '0')).toEqual([]);
    const long = (await find(DEMO, '--setuid', '-l', '--bytes')).stdout;
    expect(long).toMatch(/^MODE .* NAME\n-rwxr-sr-x {2}0:42 {3}3000 .* \/usr\/bin\/expiry\n-rwsr-xr-x /);
    const { found: count, files } = await json(DEMO, '/etc');
    expect(files).toHaveLength(count);
  });

  test('ends with 0 also when nothing is found, with 1 under --exit-code', async () => {
    expect((await find(DEMO, '--name', 'nope')).status).toBe(0);
    expect((await find(DEMO, '--name', 'nope', '--exit-code')).status).toBe(1);
    expect((await find(DEMO, '--name', 'passwd', '--exit-code')).status).toBe(0);
  });

  test('names are escaped, one line each; exact names are refused to a terminal', async () => {
    const { stdout } = await find(DEMO, '/app/uploads');
    expect(stdout).not.toMatch(CONTROL);
    expect(linesOf(stdout)).toHaveLength((await json(DEMO, '/app/uploads')).found);
    const refused = await runCommand(Find, [DEMO, '/app/uploads', '--print0'], { tty: 80 });
    expect([refused.status, refused.stdout]).toEqual([2, '']);
  });

  test('a hostile pattern ends', async () => {
    const evil = '(a+)+$';
    expect((await find(DEMO, '--regex', evil)).status).toBe(0);
    expect((await find(DEMO, '--regex', evil, '-i')).status).toBe(0);
    expect((await find(DEMO, '--name', `${'*a'.repeat(200)}b`)).status).toBe(0);
  });

  test.each([
    [['--name', 'a/b'], '--path'],
    [['--kind', 'door'], 'kinds are'],
    [['--mode', '0999'], '0644'],
    [['--size', 'big'], '10MB'],
    [['--sha256', 'abc'], 'sha256sum'],
    [['--capability', 'fly'], 'net_raw'],
    [['--newer', 'soon'], '30d'],
    [['--newer', '2026-02-31'], '30d'],
    [['--older', '2026-02-30T00:00:00Z'], '30d'],
    [['--layer', '3-2'], '2-3'],
    [['--regex', '('], 'JavaScript'],
    [['--layer', 'top'], '1 is the base'],
    [['--uid', '-5'], '--help'],
  ])('wrong usage %j ends with 2 and says how it is meant', async (flags, hint) => {
    const { status, stdout, stderr } = await find(DEMO, ...flags);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/E_USAGE: .*\nhint: .*/);
    expect(stderr).toContain(hint);
  });
});
