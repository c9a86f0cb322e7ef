import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openTerminal, type TestTerminal } from './terminal.js';
import { needTool } from './tool.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** A user of this machine that was made for a test. */
export interface OrdinaryUser {
  readonly name: string;
  readonly uid: number;
  /** A directory of his. */
  readonly home: string;
  /** Runs a program as him. */
  readonly run: (...command: string[]) => Ended;
  /** The words before the arguments of strata in a command line of his. */
  readonly program: readonly string[];
  /** Runs strata as he would, without any privilege. */
  readonly strata: (...argv: string[]) => Ended;
  /** Runs a script of the shell as him; `strata` is a function in it. */
  readonly shell: (script: string) => Ended;
  /** Opens a terminal of his; `more` changes its environment. */
  readonly terminal: (more?: Readonly<Record<string, string>>) => Promise<TestTerminal>;
  /** Removes him with all that is his. */
  readonly remove: () => void;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Node and the checkout may be in folders that are closed to him: he sees them elsewhere. */
const ENTER = `mount --bind "$1" "$3/node" && mount --bind "$2" "$3/strata" && base=$3 uid=$4 && shift 4 &&
cd "$base/home" && exec setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"`;

/** Makes a user with subordinate ids, or without any. */
export function makeUser(ranges: boolean): OrdinaryUser {
  for (const tool of ['useradd', 'setpriv', 'unshare', 'newuidmap']) needTool(tool);
  const name = `strata-test-${randomBytes(4).toString('hex')}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-user-'));
  chmodSync(folder, 0o755);
  const home = path.join(folder, 'home');
  const count = ranges ? '65536' : '0';
  const keys = ['SUB_UID_COUNT', 'SUB_GID_COUNT'].flatMap((key) => ['-K', `${key}=${count}`]);
  execFileSync('useradd', ['--create-home', '--home-dir', home, '--user-group', ...keys, name]);
  mkdirSync(path.join(folder, 'strata'));
  writeFileSync(path.join(folder, 'node'), '');
  const uid = Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));
  const env = {
    HOME: home,
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    STRATA_STORE: path.join(home, 'store'),
  };
  const run = (...command: string[]): Ended => {
    const words = ['-c', ENTER, 'sh', process.execPath, CHECKOUT, folder, String(uid), ...command];
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', ...words], {
      encoding: 'utf8',
      env,
      timeout: 90_000,
    });
    return { status, stdout, stderr };
  };
  const program = [path.join(folder, 'node'), path.join(folder, 'strata/bin/run.js')];
  return {
    name,
    uid,
    home,
    run,
    program,
    strata: (...argv) => run(...program, ...argv),
    shell: (script) => run('sh', '-c', `strata() { ${program.join(' ')} "$@"; }\n${script}`),
    terminal: (more) =>
      openTerminal('user', { ...env, ...more }, (command, args) => {
        const { status, stdout, stderr } = run(command, ...args);
        return status === 0 ? Promise.resolve(stdout) : Promise.reject(new Error(stderr));
      }),
    remove() {
      spawnSync('userdel', [name]);
      rmSync(folder, { recursive: true, force: true });
      for (const what of ['strata', 'tmux'])
        rmSync(`/tmp/${what}-${String(uid)}`, { recursive: true, force: true });
    },
  };
}
