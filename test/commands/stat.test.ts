import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Stat from '../../src/commands/stat.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const stat = (...argv: string[]) => runCommand(Stat, argv);

interface StatJson {
  readonly files: readonly Record<string, unknown>[];
}

async function json(...argv: string[]): Promise<StatJson['files']> {
  return (validJson('stat.json', await stat(...argv, '--json')) as StatJson).files;
}

/** The fields of a text output. */
async function fields(...argv: string[]): Promise<Map<string, string>> {
  const { status, stdout } = await stat(...argv);
  expect(status).toBe(0);
  expect(stdout).not.toMatch(CONTROL);
  return new Map(linesOf(stdout).map((line) => [line.slice(0, 12).trim(), line.slice(12).trim()]));
}

describe('stat', () => {
  test('tells capabilities as getcap(8) does and xattrs in hex', async () => {
    const ping = await fields(DEMO, '/usr/bin/ping');
    expect(ping.get('Capabilities')?.trim()).toBe('cap_net_raw=ep');
    expect(ping.get('Kind')).toContain('regular file, script for /bin/sh');
    const [file] = await json(DEMO, '/usr/bin/ping');
    expect(file).toMatchObject({
      capabilities: 'cap_net_raw=ep',
      xattrs: {
        'security.capability': {
          bytes: Buffer.from('0100000200200000000000000000000000000000', 'hex').toString('base64'),
        },
      },
      user: 'root',
      group: 'root',
    });
  });

  test('tells the names of one inode, whichever is asked for', async () => {
    const names = ['/usr/bin/busybox', '/usr/bin/sh', '/usr/bin/ls'].map((path) => ({ path }));
    for (const { path } of names) {
      const [file] = await json(DEMO, path);
      expect(file.names).toHaveLength(3);
      expect(file.names).toEqual(expect.arrayContaining(names));
    }
    const [single] = await json(DEMO, '/etc/hostname');
    expect(single.names).toEqual([{ path: '/etc/hostname' }]);
  });

  test('shows a link itself and where it leads, or that it leads nowhere', async () => {
    const [current, log] = await json(DEMO, '/app/current', '/app/latest.log');
    expect(current).toMatchObject({ kind: 'symlink', link: 'releases/2', target: '/app/releases/2' });
    expect(log).toMatchObject({ kind: 'symlink', link: '/var/log/notes.log', target: null });
    expect((await fields(DEMO, '/app/latest.log')).get('Target')).toContain('leads nowhere');
    const [older] = await json(`${DEMO}@10`, '/app/current');
    expect(older.target).toBe('/app/releases/1');
  });

  test('names owners as the passwd and group of that snapshot do', async () => {
    expect((await json(DEMO, '/app/config.json'))[0]).toMatchObject({
      uid: 1000,
      user: 'notes',
      group: 'notes',
    });
    expect((await json(`${DEMO}@1`, '/etc/shadow'))[0]).toMatchObject({ gid: 42, group: 'shadow' });
  });

  test('tells times to the nanosecond, the layer, its instruction and the life of the path', async () => {
    const [file] = await json(DEMO, '/app/src/crew.css');
    expect(file.mtime).toBe('2026-03-01T12:08:00.123456789Z');
    expect(file.layer).toBe(10);
    expect(file.instruction).toBe('RUN chown -R notes:notes /app');
    expect(file.life).toEqual([
      { layer: 5, kind: 'added', facets: [] },
      { layer: 9, kind: 'metadata', facets: ['mode'] },
      { layer: 10, kind: 'metadata', facets: ['owner'] },
    ]);
  });

  test('--layer N shows what that layer holds; the offsets are those of the content in the tar', async () => {
    const [curl] = await json(DEMO, '/usr/bin/curl', '--layer', '2');
    expect(curl).toMatchObject({ size: 90_013, layer: 2, type: 'script for /bin/false' });
    const entry = curl.entry as { headerOffset: number; dataOffset: number; storedSize: number };
    expect(entry.dataOffset % 512).toBe(0);
    expect(entry.dataOffset).toBeGreaterThan(entry.headerOffset);
    expect(entry.storedSize).toBe(90_013);
    expect((await stat(DEMO, '/usr/bin/curl')).status).toBe(4);
    expect((await stat(DEMO, '/usr/bin/curl', '--layer', '3')).status).toBe(4);
  });

  test('names the anomalies of the path', async () => {
    const [file] = await json(DEMO, '/app/uploads/\\x1b[2J\\x1b[31mred.txt');
    expect(file.anomalies).toEqual([{ code: 'path-control', severity: 'warning', detail: 'layer 12' }]);
    expect((await json(DEMO, '/etc/hostname'))[0].anomalies).toEqual([]);
  });

  test('devices, pipes and several paths', async () => {
    const [pipe, root] = await json(DEMO, '/app/data/inbox', '/');
    expect([pipe.kind, pipe.mode, root.path]).toEqual(['fifo', '0622', '/']);
    expect((await stat(DEMO, '/etc/hostname', '/')).stdout.split('\n\n')).toHaveLength(2);
    expect((await stat(DEMO)).status).toBe(2);
  });
});

test('one byte is a byte', async () => {
  const root = path.join(folder(), 'one');
  mkdirSync(root);
  writeFileSync(path.join(root, 'f'), 'x');
  const { stdout } = await runCommand(Stat, [`rootfs:${root}`, '/f']);
  expect(stdout).toMatch(/^Size +1 byte$/m);
});
