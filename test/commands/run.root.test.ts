import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import Ls from '../../src/commands/ls.js';
import { runFolder } from '../../src/runtime/container/folder.js';
import { derivedKey } from '../../src/store/derived.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN, runCommand } from '../helpers/run-command.js';

/* Real containers of the demo image. Each is a process: running one puts strata into a mount namespace of its own. */

const folder = useFolder();

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], input = ''): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, 'run', '-q', ...args], {
    encoding: 'utf8',
    input,
    timeout: 60_000,
    maxBuffer: 2 ** 30,
  });
  return { status, stdout, stderr };
}

/** Runs a script in the demo image as root of the container. */
const shell = (script: string, ...flags: readonly string[]): Ran =>
  run(['--rm', '-u', '0', '--entrypoint', '/bin/sh', ...flags, DEMO, '-c', script]);

const store = (): string => path.join(folder(), 'store');
const namesIn = (...parts: readonly string[]): string[] => readdirSync(path.join(store(), ...parts));

/** What a container that is gone must not leave: mounts, control groups, folders. */
function expectNothingLeft(): void {
  expect(namesIn('containers')).toEqual([]);
  expect(namesIn('tmp')).toEqual([]);
  const { root } = runFolder(derivedKey(store()), 0, process.env);
  if (existsSync(root)) {
    expect(readdirSync(root).sort()).toEqual(['engine', 'exits']);
    expect(readdirSync(path.join(root, 'engine'))).toEqual([]);
  }
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(store());
}

afterEach(expectNothingLeft);

describe('the end', () => {
  test('of who reads the output is that of the container, however early it comes', async () => {
    const argv = ['run', '-q', '--rm', '-u', '0', '--entrypoint', '/bin/yes', DEMO];
    const child = spawn(process.execPath, [RUN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.stdout.destroy();
    // As a shell says of a program that SIGPIPE ended, and podman of this.
    expect([await ended, stderr]).toEqual([141, '']);
  });

  test('is that of the program, or as docker says it', () => {
    expect(shell("sh -c 'kill -9 $$'; exit $?").status).toBe(137);
    const missing = run(['--rm', '--entrypoint', '', DEMO, '/no/such']);
    expect(missing).toMatchObject({ status: 127, stdout: '' });
    expect(missing.stderr).toMatch(/^E_COMMAND_MISSING: running the program: .*\/no\/such/);
    for (const [hint, ...argv] of [
      [/the image's entrypoint comes before/, '-u', '0', `${DEMO}@1`, 'sh'],
      [/--entrypoint is one word/, '--entrypoint', 'ls -l', DEMO],
      [/a path in the image or a name in its PATH/, '--entrypoint', 'no-such', DEMO],
    ] as const)
      expect(run(['--rm', ...argv]).stderr).toMatch(hint);
    // Neither a file that may not be executed nor a directory.
    for (const program of ['/etc/passwd', '/etc'])
      expect(run(['--rm', '--entrypoint', '', DEMO, program]).status).toBe(126);
  });

  test('before there is a container is 125, which no program ends with, or 5 where something is missing', () => {
    for (const [code, ...argv] of [
      ['E_NOT_FOUND', '-u', 'nobody-has-this', DEMO],
      ['E_USAGE', '--memory', '1k', DEMO],
      ['E_USAGE', '--no-such-flag', DEMO],
      ['E_USAGE'],
      ['E_SNAPSHOT_RANGE', `${DEMO}@99`],
    ]) {
      const { status, stderr } = run(['--rm', ...argv]);
      expect([status, stderr.split(':')[0]]).toEqual([125, code]);
    }
    expect(run(['--rm', '--runtime', '/no/such', DEMO]).status).toBe(5);
    expect(run(['--rm', '--cap-add', 'CHOWM', DEMO]).stderr).toContain('did you mean CHOWN?');
    expect(run(['--rm', '--cap-add', 'foo', DEMO]).stderr).toContain('capabilities(7) lists them');
    expect(run(['--rm', '--cpuset-cpus', '8000', DEMO]).stderr).toMatch(/^E_USAGE: .*8000/);
    expect(run(['--rm', '--ulimit', 'nofile=10:1024', DEMO]).stderr).toMatch(/^E_USAGE: .*nofile/);
    mkdirSync(path.join(store(), 'containers'), { recursive: true });
  });
});

test("the resolver is the one asked for, the rest of it the host's", () => {
  const flags = ['--dns', '9.9.9.9', '--dns-search', 'corp.example'];
  expect(shell("grep -v '^options' /etc/resolv.conf", ...flags).stdout).toBe(
    'nameserver 9.9.9.9\nsearch corp.example\n',
  );
  // Another network: what listens on this machine's loopback cannot be reached from there.
  expect(shell('cat /etc/resolv.conf').stdout).not.toMatch(/nameserver (127\.|::1)/);
});

test('who interrupts a program three times that does not mind is told how to end it', async () => {
  const argv = ['run', '--rm', '--name', 'deaf', '-u', '0', '--entrypoint', '/bin/sh', DEMO, '-c'];
  const child = spawn(process.execPath, [RUN, ...argv, 'echo ready; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  let stderr = '';
  const told = new Promise<void>((resolve) => {
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
      if (stderr.includes('strata kill deaf')) resolve();
    });
  });
  // Signals that wait are one.
  const interrupts = setInterval(() => child.kill('SIGINT'), 50);
  await told.finally(() => {
    clearInterval(interrupts);
  });
  expect(spawnSync(process.execPath, [RUN, 'kill', '-q', 'deaf']).status).toBe(0);
  expect(await ended).toBe(137);
  expect(stderr.split('strata kill deaf')).toHaveLength(2);
});

test('standard streams are passed on whole, output apart from errors', () => {
  const noise = Buffer.from(Array.from({ length: 700_000 }, (_, i) => 97 + (i % 26))).toString();
  const passed = run(
    ['--rm', '-i', '--entrypoint', '/bin/sh', DEMO, '-c', 'cat; echo err >&2; exit 42'],
    noise,
  );
  expect([passed.status, passed.stderr]).toEqual([42, 'err\n']);
  expect(passed.stdout === noise).toBe(true);
  // Without -i there is nothing to read.
  expect(run(['--rm', '--entrypoint', '/bin/cat', DEMO], 'unread').stdout).toBe('');
});

describe('the file system', () => {
  test('is that of the snapshot, and what is written is gone with --rm', async () => {
    const seen = run(['--rm', '--entrypoint', '', `${DEMO}@3`, '/bin/ls', '/app']);
    const listed = await runCommand(Ls, ['-q', `${DEMO}@3`, '/app']);
    const names = (text: string): string[] =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => line.trim().split(/\s+/).at(-1) ?? '')
        .sort();
    expect(names(seen.stdout)).toEqual(names(listed.stdout));
    expect(shell('echo x > /etc/new; rm /etc/passwd; ls /etc/passwd /etc/new 2>&1').stdout).toContain(
      '/etc/new',
    );
    expect(shell('ls /etc/new; ls /etc/passwd').stdout).toBe('/etc/passwd\n');
  });

  test('mounts of this machine and of memory are where they are asked for', () => {
    const shared = path.join(folder(), 'shared');
    mkdirSync(shared);
    writeFileSync(path.join(shared, 'file'), 'from outside\n');
    const script = 'cat /in/deep/file; touch /in/deep/x /x 2>&1; echo y > /memory/y; cat /memory/y';
    const flags = ['-v', `${shared}:/in/deep:ro`, '--tmpfs', '/memory', '--read-only'];
    expect(shell(script, ...flags).stdout).toMatch(
      /^from outside\n(?:touch: .*Read-only file system\n){2}y\n$/,
    );
  });
});

describe('isolation', () => {
  test('namespaces, capabilities and filter, from inside', () => {
    const own = (name: string): string =>
      execFileSync('readlink', [`/proc/self/ns/${name}`], { encoding: 'utf8' });
    const kinds = ['pid', 'net', 'ipc', 'mnt', 'uts', 'cgroup', 'user'];
    const script = `${kinds.map((kind) => `readlink /proc/self/ns/${kind}`).join(';')}
cat /proc/self/status /proc/self/uid_map; ip -o link | sed 's/^/link /'; mount -t tmpfs x /tmp 2>&1
unshare -m true 2>&1; echo x 2>&1 > /proc/sys/kernel/domainname; env; cat /proc/mounts`;
    const { stdout } = shell(script);
    const inside = stdout.split('\n');
    for (const [i, kind] of kinds.entries()) {
      expect(inside[i]).toMatch(new RegExp(`^${kind}:\\[\\d+\\]$`));
      expect(`${inside[i]}\n`).not.toBe(own(kind));
    }
    expect(stdout).toMatch(/^CapEff:\s+00000000a80425fb$/m);
    expect(stdout).toMatch(/^CapBnd:\s+00000000a80425fb$/m);
    expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(stdout).toMatch(/^Seccomp:\s+2$/m);
    expect(stdout).toMatch(/^\s+0\s+1879048192\s+65536$/m);
    // Neither the network nor the folders of this machine are seen, and nothing can be mounted or set.
    expect(stdout.match(/^link .*$/gm)).toEqual([expect.stringContaining(' lo: ')]);
    expect(stdout).toMatch(/^mount: permission denied.*\nunshare: .*not permitted\n.*(?:Read-only|denied)/m);
    expect(stdout).not.toContain(folder());
  });

  test('the user of the image is respected, and root of the container owns what is root’s', () => {
    const { stdout } = run([
      '--rm',
      '--entrypoint',
      '/bin/sh',
      DEMO,
      '-c',
      'id -u; stat -c %u:%a /etc /root',
    ]);
    expect(stdout).toBe('1000\n0:755\n0:700\n');
  });

  test('limits bite', () => {
    const script =
      'ulimit -n; cat /sys/fs/cgroup/pids/pids.max; for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; wait';
    expect(shell(script, '--pids-limit', '5', '--ulimit', 'nofile=77:88')).toMatchObject({
      stdout: '77\n5\n',
      stderr: expect.stringContaining("can't fork") as string,
    });
    const killed = run([
      '--rm',
      '-u',
      '0',
      '-m',
      '16m',
      '--entrypoint',
      '',
      DEMO,
      '/bin/busybox',
      'sh',
      '-c',
      'x=$(head -c 60000000 /dev/zero | tr "\\0" x); echo $?',
    ]);
    expect(killed.status).toBe(137);
  });
});

describe('when strata is killed', () => {
  /** Starts a container that sleeps; resolves when it runs. */
  const start = async (...flags: readonly string[]): Promise<ChildProcess> => {
    const child = spawn(
      process.execPath,
      [
        RUN,
        'run',
        '-q',
        ...flags,
        '-u',
        '0',
        '--entrypoint',
        '/bin/sh',
        DEMO,
        '-c',
        'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done',
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => {
        resolve();
      });
      child.on('exit', (status) => {
        reject(new Error(`ended with ${String(status)}`));
      });
    });
    return child;
  };

  test('politely, the program is asked, and its status is the end', async () => {
    const child = await start('--rm');
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(9);
  });

  test('at once, the program goes on, and when that ends nothing is left', async () => {
    const child = await start('--rm', '--name', 'left-alone');
    const [id] = namesIn('containers');
    const [pid] = execFileSync('pgrep', ['-f', `conmon.*${id}`], { encoding: 'utf8' }).split('\n');
    const inside = execFileSync('pgrep', ['-P', pid], { encoding: 'utf8' }).trim();
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    process.kill(Number(inside), 'SIGTERM');
    await vi.waitFor(expectNothingLeft, { timeout: 20_000, interval: 50 });
    await vi.waitFor(() => {
      expect(existsSync(`/sys/fs/cgroup/pids/strata/${id}`)).toBe(false);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    }, 20_000);
  });
});
