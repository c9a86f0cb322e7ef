import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import Cp from '../../src/commands/cp.js';
import Exec from '../../src/commands/exec.js';
import Logs from '../../src/commands/logs.js';
import { plantCanary } from '../helpers/canary.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN, runCommand } from '../helpers/run-command.js';
import { schemaErrors } from '../helpers/json-schema.js';
import { openTerminal } from '../helpers/terminal.js';
import { runScript, type Started, startScript, strata } from '../helpers/run-container.js';

/* One container that runs, and one that has ended: what exec, logs and cp do with them. */

const folder = useFolder();
const at = (...names: string[]): string => path.join(folder(), ...names);
let box: Started;

/** Swaps the directory /swap/d and a link to the place of the canary on this machine, again and again. */
const swapping = (victim: string): string => `mkdir -p /swap/d; echo inside > /swap/d/hello
ln -s ${victim} /swap/link; mkdir -p ${victim}; echo theirs > ${victim}/hello
while :; do mv -T /swap/d /swap/a; mv -T /swap/link /swap/d; mv -T /swap/d /swap/link; mv -T /swap/a /swap/d; done`;

beforeAll(async () => {
  mkdirSync(at('victim'));
  const script = "echo out; echo err >&2; printf 'part '; echo whole";
  box = await startScript('box', DEMO, script, '--group-add', '77', '--group-add', 'notes');
  expect(runScript('old', DEMO, 'echo first; echo second >&2; mkdir /made; echo 1 > /made/file')).toBe(0);
});

afterAll(async () => {
  strata('rm', '--force', 'box', 'old', 'fixed');
  await box.ended;
});

type Ran = ReturnType<typeof strata>;
const ran = async (command: Parameters<typeof runCommand>[0], argv: readonly string[]): Promise<Ran> => {
  const { status, stdout, stderr } = await runCommand(command, argv);
  return { status, stdout, stderr };
};
const exec = (...argv: string[]): Promise<Ran> => ran(Exec, argv);

/** Waits until a process has a handler for the signal of that number (proc_pid_status(5)). */
async function catches(pid: number, signal: number): Promise<void> {
  const mask = (): bigint =>
    BigInt(`0x${/^SigCgt:\s+(\w+)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? '0'}`);
  while (((mask() >> BigInt(signal - 1)) & 1n) === 0n) await sleep(5);
}

describe('exec', () => {
  test('ends as the program does, or as docker says it', async () => {
    expect(await exec('box', 'sh', '-c', 'echo a; echo b >&2; exit 5')).toEqual({
      status: 5,
      stdout: 'a\n',
      stderr: 'b\n',
    });
    expect((await exec('box', 'sh', '-c', 'kill -9 $$')).status).toBe(137);
    expect(await exec('box', '/no/such')).toMatchObject({
      status: 127,
      stderr: expect.stringContaining('E_COMMAND_MISSING') as string,
    });
    expect(await exec('box', '/etc/passwd')).toMatchObject({
      status: 126,
      stderr: expect.stringContaining('E_COMMAND:') as string,
    });
    expect((await exec('-w', '/none', 'box', 'id')).status).toBe(127);
    expect(await exec('--detach-keys', 'ab', 'box', 'id')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("E_USAGE: reading --detach-keys 'ab'") as string,
    });
    expect(await exec('old', 'id')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/E_NOT_RUNNING.*\nhint: .*start old/) as string,
    });
  });

  test('gives the program the user, the environment and the directory that are asked for', async () => {
    const asked = await exec(
      '-u',
      'nobody',
      '-e',
      'A=1',
      '-w',
      '/tmp',
      'box',
      'sh',
      '-c',
      'id -un; echo $A $HOME; pwd; echo x > /dev/stdout',
    );
    expect(asked).toEqual({ status: 0, stdout: 'nobody\n1 /nonexistent\n/tmp\nx\n', stderr: '' });
    const wanted = '^(CapEff|NoNewPrivs|Seccomp):';
    const limits = (await exec('box', 'grep', '-E', wanted, '/proc/self/status')).stdout;
    expect(limits.split(/\s+/)).toEqual([
      'CapEff:',
      '00000000a80425fb',
      'NoNewPrivs:',
      '1',
      'Seccomp:',
      '2',
      '',
    ]);
  });

  test('gives it the groups that the container was run with, and a terminal that is its own', async () => {
    const groups = async (...flags: string[]): Promise<string[]> =>
      (await exec(...flags, 'box', 'id', '-G')).stdout.trim().split(' ');
    const wanted = ['1000', '77'];
    expect(await groups()).toEqual(expect.arrayContaining(wanted));
    const [own, ...more] = await groups('-u', '12:34');
    expect([own, more.sort()]).toEqual(['34', wanted.toSorted()]);
    // It is its own soon after it has begun.
    const script = 'until echo again 2> /dev/null > $(tty); do :; done; stat -c %u $(tty)';
    expect(await exec('-t', '-u', 'nobody', 'box', 'sh', '-c', script)).toEqual({
      status: 0,
      stdout: 'again\r\n65534\r\n',
      stderr: '',
    });
  });

  test('waits for nothing in a container that stands still, and is ended alone by Ctrl-C', async () => {
    expect(strata('pause', 'box').status).toBe(0);
    expect(await exec('box', 'id')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^E_NOT_RUNNING: .*it is paused\nhint: .*unpause box\n$/) as string,
    });
    expect(strata('unpause', 'box').status).toBe(0);
    const script = 'echo begun; until [ -e /go ]; do sleep 0.05; done; echo 1 > /went';
    const child = spawn(process.execPath, [RUN, 'exec', 'box', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');

    // The same for who looks on or waits, however early: strata alone ends, with the code of Ctrl-C.
    for (const argv of [['wait'], ['attach', '--no-stdin', '--no-sig-proxy']]) {
      const looking = spawn(process.execPath, [RUN, ...argv, 'box'], { stdio: 'ignore' });
      const left = new Promise((resolve) => looking.on('exit', resolve));
      // Node itself catches SIGINT; SIGHUP is caught with it by us.
      await catches(looking.pid ?? 0, 1);
      looking.kill('SIGINT');
      expect(await left).toBe(130);
    }
    const went = await exec(
      'box',
      'sh',
      '-c',
      'touch /go; until [ -e /went ]; do sleep 0.05; done; cat /went',
    );
    expect(went.stdout).toBe('1\n');
  });

  test('passes standard input on, and loses nothing', () => {
    const input = Buffer.alloc(3_000_000, 'line of text\n');
    const { stdout } = spawnSync(process.execPath, [RUN, 'exec', '-i', 'box', 'cat'], {
      input,
      maxBuffer: 2 ** 30,
    });
    expect(stdout.equals(input)).toBe(true);
  });

  test('begins in no place of /proc that a link leads to', async () => {
    await exec('box', 'ln', '-s', '/proc/self/fd/7', '/tmp/sly');
    expect(await exec('-w', '/tmp/sly', 'box', 'id')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('E_UNSAFE_PATH') as string,
    });
  });

  test('in a terminal: its size, the end, and the terminal as it was', async () => {
    const terminal = await openTerminal('exec', { STRATA_STORE: process.env.STRATA_STORE ?? '' });
    try {
      // Short lines: one that just fills the terminal's would be joined with the next.
      await terminal.line(`strata() { '${process.execPath}' '${RUN}' "$@"; }`);
      await terminal.line('strata exec -it -e PS1=box: box sh');
      await terminal.shows(/^box:$/m);
      await terminal.resize(70, 18);
      await terminal.line('until stty size | grep 70; do :; done');
      await terminal.shows(/^18 70$/m);
      await terminal.line('exit 7');
      await terminal.shows(/outside\$$/);
      expect(await terminal.answer('echo $?; stty -a | tr \\; \\\\n | grep -w icanon')).toMatch(
        /^7\n.* icanon/,
      );

      // As docker has it: the keys leave the program running. Others are its own (Ctrl-Q is the line discipline's).
      await terminal.clear();
      await terminal.line(
        `strata exec -it --detach-keys ctrl-x,q box sh -c 'echo asked; read word; echo $word > /answer; until [ -e /leave ]; do sleep 0.05; done; echo unseen; echo $? > /left'`,
      );
      await terminal.shows(/^asked$/m);
      await terminal.keys('C-p', 'C-q', 'Enter');
      const answer = ['exec', 'box', 'sh', '-c', 'until [ -e /answer ]; do sleep 0.05; done; cat -v /answer'];
      expect(strata(...answer).stdout).toBe('^P\n');
      await terminal.keys('C-x', 'q');
      await terminal.shows(/^detached: the program runs on in box\noutside\$$/m);
      expect(await terminal.answer('echo $?; stty -a | tr \\; \\\\n | grep -w icanon')).toMatch(
        /^0\n.* icanon/,
      );
      const goesOn = 'touch /leave; until [ -s /left ]; do sleep 0.05; done; cat /left';
      expect((await exec('box', 'sh', '-c', goesOn)).stdout).toBe('0\n');
    } finally {
      await terminal.close();
    }
  });
});

describe('logs', () => {
  test('gives each stream what was written to it', async () => {
    const logs = (...argv: string[]): Promise<Ran> => ran(Logs, argv);
    expect(await logs('old')).toEqual({ status: 0, stdout: 'first\n', stderr: 'second\n' });
    // Nobody knows in which order conmon reads the two streams of a program.
    expect((await logs('box')).stdout).toBe('out\npart whole\nready\n');
    expect((await logs('--since', '2020-01-01', '--until', '1h', 'box')).stdout).toBe('');
    const json: unknown = JSON.parse((await logs('--json', 'old')).stdout);
    expect(schemaErrors('logs.json', json)).toEqual([]);
    expect(json).toMatchObject({
      container: { name: 'old' },
      lines: [
        { stream: 'stdout', text: 'first' },
        { stream: 'stderr', text: 'second' },
      ],
    });
  });

  test('gives the last lines, and with --follow goes on until the container has ended', async () => {
    const started = await startScript('brief', DEMO, "echo begun; printf 'part '; echo whole");
    expect((await ran(Logs, ['-n', '2', 'brief'])).stdout).toBe('part whole\nready\n');
    expect((await ran(Logs, ['-t', '-n', '1', 'brief'])).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z ready\n$/,
    );
    const follower = spawn(process.execPath, [RUN, 'logs', '-f', 'brief'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    follower.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise((resolve) => follower.on('exit', resolve));
    while (!said.includes('ready')) await sleep(20);
    strata('kill', 'brief');
    expect(await ended).toBe(0);
    await started.ended;
    expect(said).toBe('begun\npart whole\nready\n');
    strata('rm', 'brief');
  });
});

describe('cp', () => {
  const inside = (script: string): string => strata('exec', '-u', '0', 'box', 'sh', '-c', script).stdout;
  /** One that has ended is mounted in a process of its own. */
  const cp = (...argv: string[]): Promise<Ran> | Ran =>
    argv.some((word) => /^(?:old|fixed):/.test(word))
      ? strata('cp', '-q', ...argv)
      : ran(Cp, ['-q', ...argv]);

  test('there and back keeps what a file has, on a container that runs and on one that has ended', async () => {
    mkdirSync(at('tree', 'deep'), { recursive: true });
    writeFileSync(at('tree', 'deep', 'one'), 'content', { mode: 0o640 });
    symlinkSync('/etc/shadow', at('tree', 'link'));
    spawnSync('sh', [
      '-c',
      `cd ${at('tree')} && ln deep/one two && truncate -s 50M holes && echo end >> holes && touch -d '2001-02-03 04:05:06.123456789' deep/one && chown 12:34 deep && mkfifo pipe`,
    ]);
    for (const name of ['box', 'old']) {
      expect(await cp('-a', at('tree'), `${name}:/kept`)).toEqual({ status: 0, stdout: '', stderr: '' });
      expect((await cp('-a', `${name}:/kept`, at(`back-${name}`))).stderr).toBe('');
      const list = (root: string): string =>
        spawnSync('find', [root, '-printf', '%P %y %m %U:%G %s %n %l %T@\n'], { encoding: 'utf8' })
          .stdout.split('\n')
          .sort()
          .join('\n');
      expect(list(at(`back-${name}`))).toBe(list(at('tree')));
      expect(readFileSync(at(`back-${name}`, 'deep/one'), 'utf8')).toBe('content');
      expect(statSync(at(`back-${name}`, 'holes')).blocks).toBeLessThan(1000);
    }
    expect((await cp(at('tree'), 'old:/kept')).status).toBe(0);
    const listed = spawnSync(
      'sh',
      ['-c', `${process.execPath} ${RUN} cp -q old:/kept/tree - | tar -tv --numeric-owner`],
      { encoding: 'utf8' },
    );
    expect(listed.stdout).toMatch(/^drwxr-xr-x 0\/0 .* tree\/deep\/$/m);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder());
  });

  test('refuses as docker does, and leaves nothing half-written', async () => {
    expect((await cp(at('tree'), 'box:/etc/passwd')).stderr).toContain('E_EXISTS');
    expect((await cp('box:/none', at('x'))).stderr).toContain('E_NOT_FOUND');
    const json: unknown = JSON.parse((await cp('--json', 'box:/etc/hosts', at('hosts'))).stdout);
    expect(schemaErrors('cp.json', json)).toEqual([]);
    expect((await cp(at('tree', 'two'), 'box:/none/')).stderr).toContain('E_NOT_FOUND');
    expect((await cp(at('tree', 'two'), 'box:/proc/sys/kernel/')).stderr).toContain('E_UNSAFE_PATH');
    expect((await cp('box:/a', 'box:/b')).stderr).toContain('E_USAGE');
    // What the kernel makes as it is read has no size, and a device no content.
    for (const source of ['box:/proc/version', 'box:/proc', 'box:/sys/kernel', 'box:/dev/null']) {
      expect((await cp(source, at('x'))).stderr).toMatch(/^E_UNREADABLE: .*: it is/);
      expect(existsSync(at('x'))).toBe(false);
    }
    mkdirSync(at('full'));
    symlinkSync(at('victim'), at('full', 'made'));
    expect((await cp('old:/made', at('full'))).stderr).toContain('E_EXISTS');
    expect(readdirSync(at('full'))).toEqual(['made']);
    expect(readdirSync(at('victim'))).toEqual([]);
  });

  test('takes all of a container that runs as of one that has ended: nothing of /proc, /sys and /dev', async () => {
    expect((await cp('-a', 'box:/', at('whole'))).stderr).toBe('');
    for (const empty of ['proc', 'sys', 'dev']) expect(readdirSync(at('whole', empty))).toEqual([]);
    expect(readdirSync(at('whole', 'etc'))).toContain('passwd');
    const { stdout } = spawnSync('sh', ['-c', `${process.execPath} ${RUN} cp -q box:/ - | tar -t`], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('etc/passwd\n');
    expect(stdout).not.toMatch(/(proc|sys|dev)\/[^\n]/);
  });

  test('leaves what the kernel mounts in a container alone when a whole root file system comes', async () => {
    for (const name of ['proc', 'sys', 'new']) mkdirSync(at('rootfs', name), { recursive: true });
    const before = inside('stat -c "%n %y %u" /proc /sys');
    expect((await cp(`${at('rootfs')}/.`, 'box:/')).stderr).toBe('');
    expect(inside('stat -c "%n %y %u" /proc /sys')).toBe(before);
    expect(inside('stat -c %A /new')).toBe('drwxr-xr-x\n');
  });

  test('copies a file of the kernel whose size is true', async () => {
    expect((await cp('/sys/kernel/notes', 'box:/notes')).stderr).toBe('');
    expect(inside('wc -c < /notes')).toBe(`${String(statSync('/sys/kernel/notes').size)}\n`);
  });

  test('says with --json why it refuses', async () => {
    const refused = async (...argv: string[]): Promise<unknown> => {
      const { status, stdout, stderr } = await cp('--json', ...argv);
      expect(stderr).toBe('');
      const { error } = JSON.parse(stdout) as { error: { code: string } };
      return [status, error.code];
    };
    expect(await refused('box:/none', at('x'))).toEqual([4, 'E_NOT_FOUND']);
    expect(await refused('nobody:/etc', at('x'))).toEqual([4, 'E_NOT_FOUND']);
    expect(await refused('box:/etc', '-')).toEqual([2, 'E_USAGE']);
    expect(await refused(at('a'), at('b'))).toEqual([2, 'E_USAGE']);
    expect(await refused(at('tree'), 'box:/etc/passwd')).toEqual([1, 'E_EXISTS']);
    expect(existsSync(at('x'))).toBe(false);
  });

  test('writes nothing into a container with --read-only but its volumes when it does not run either', async () => {
    mkdirSync(at('volume'));
    const flags = ['--read-only', '-v', `${at('volume')}:/volume`];
    expect(runScript('fixed', DEMO, 'test -e /etc/passwd', ...flags)).toBe(0);
    expect((await cp(at('tree', 'two'), 'fixed:/etc/two')).stderr).toMatch(/^E_UNWRITABLE: .*read-only/i);
    expect((await cp(at('tree'), 'fixed:/volume/tree')).stderr).toBe('');
    const made = `find . -printf '%P %y %U:%G\\n' | sort; ls -1 .. | grep -c two`;
    expect(spawnSync('sh', ['-c', made], { cwd: at('volume', 'tree'), encoding: 'utf8' }).stdout).toBe(
      ` d 0:0\ndeep d 0:0\ndeep/one f 0:0\nholes f 0:0\nlink l 0:0\npipe p 0:0\ntwo f 0:0\n0\n`,
    );
    expect((await cp(at('tree', 'two'), 'fixed:/volume/two')).stderr).toBe('');
    expect(readFileSync(at('volume', 'two'), 'utf8')).toBe('content');
    expect((await cp('fixed:/volume/two', at('from-fixed'))).stderr).toBe('');
    expect((await cp('fixed:/etc/two', at('x'))).stderr).toContain('E_NOT_FOUND');
  });

  test('a container that swaps a directory for a link meanwhile leads nowhere', async () => {
    const canary = plantCanary(at('victim'));
    writeFileSync(at('evil'), 'overwritten');
    mkdirSync(at('out'));
    await exec('-d', 'box', 'sh', '-c', swapping(at('victim')));
    for (let i = 0; i < 12; i++) {
      await cp(at('evil'), 'box:/swap/d/hello');
      await cp(at('tree'), 'box:/swap/d');
      const name = at('out', String(i));
      await cp('box:/swap/d/hello', name);
      // Inside, the place of the canary is another one.
      if (existsSync(name) && lstatSync(name).isFile())
        expect(readFileSync(name, 'utf8')).not.toBe('canary\n');
    }
    canary.check();
  });
});
