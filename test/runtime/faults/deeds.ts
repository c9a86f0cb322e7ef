import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIXTURES, RUN } from '../../helpers/run-command.js';
import { processesNaming } from './machine.js';

/** The demo image. */
export const IMAGE = path.join(FIXTURES, 'demo.tar');

/** Which process is killed. */
export type Victim = 'strata' | 'conmon' | 'crun';

/** A command line that is killed at some moment, or one of those that it starts is. */
export interface Deed {
  readonly name: string;
  readonly victims: readonly Victim[];
  readonly argv: (name: string) => readonly string[];
  /** Calls of the OCI runtime that it makes. */
  readonly calls: number;
}

const SCRIPT = ['--entrypoint', '/bin/sh', IMAGE, '-c', 'echo 1 > /new; rm /etc/passwd; sleep 0.1'];

export const DEEDS: readonly Deed[] = [
  {
    name: 'run --rm',
    victims: ['strata', 'conmon', 'crun'],
    argv: () => ['run', '-q', '--rm', '-u', '0', ...SCRIPT],
    calls: 3,
  },
  {
    name: 'run',
    victims: ['strata', 'conmon', 'crun'],
    argv: (name) => ['run', '-q', '--name', name, '-u', '0', ...SCRIPT],
    calls: 3,
  },
  {
    name: 'commit of one that ended',
    victims: ['strata'],
    argv: (name) => ['commit', '-q', 'ended', `app:${name}`],
    calls: 0,
  },
  {
    name: 'commit of one that runs',
    victims: ['strata', 'crun'],
    argv: (name) => ['commit', '-q', 'running', `app:${name}`],
    calls: 4,
  },
  { name: 'rm', victims: ['strata', 'crun'], argv: () => ['rm', '-f', '-q', 'doomed'], calls: 1 },
];

/** How one deed ended. */
export interface Ended {
  readonly status: number | null;
  readonly milliseconds: number;
  readonly said: string;
}

export interface Kill {
  readonly victim: Victim;
  /** 0 up to 1: how far the deed, or what it starts, is when it is killed. */
  readonly when: number;
  /** Which of the runtime's calls. */
  readonly call: number;
  /** Milliseconds that the deed takes when nobody is killed. */
  readonly length: number;
}

/** Runs a deed, and kills as `kill` says; returns when every process of the command line is gone. */
export async function perform(
  folder: string,
  argv: readonly string[],
  kill?: Kill,
  kept: ReadonlySet<string> = new Set(),
): Promise<Ended> {
  const started = performance.now();
  const environment = { ...process.env, PATH: `${folder}/bin:${process.env.PATH ?? ''}` };
  plan(folder, kill?.victim === 'crun' ? kill : undefined);
  const child = spawn(process.execPath, [RUN, ...argv], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', resolve);
  });
  if (kill?.victim === 'strata') await killLater(child, ended, kill.when * kill.length);
  if (kill?.victim === 'conmon') await killMonitor({ folder, kept }, child, ended, kill.when);
  const status = await Promise.race([ended, sleep(60_000, undefined, { ref: false })]);
  if (status === undefined) child.kill('SIGKILL');
  return { status: status ?? null, milliseconds: performance.now() - started, said };
}

/** Puts a crun before the real one that is killed in the call that the plan says. */
export function wrapRuntime(folder: string, real: string): void {
  const file = path.join(folder, 'bin/crun');
  const script = `#!/bin/sh
plan=${folder}/plan
[ -e "$plan" ] || exec ${real} "$@"
read -r call after < "$plan"
echo x >> ${folder}/calls
[ "$(wc -l < ${folder}/calls)" = "$call" ] || exec ${real} "$@"
exec timeout --foreground -s KILL "$after" ${real} "$@"
`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
}

function plan(folder: string, kill: Kill | undefined): void {
  rmSync(`${folder}/calls`, { force: true });
  if (kill === undefined) rmSync(`${folder}/plan`, { force: true });
  else writeFileSync(`${folder}/plan`, `${String(kill.call)} ${(0.001 + kill.when * 0.06).toFixed(4)}\n`);
}

async function killLater(child: ChildProcess, ended: Promise<unknown>, after: number): Promise<void> {
  await Promise.race([ended, sleep(after)]);
  child.kill('SIGKILL');
}

/** conmon names the store in its arguments. */
async function killMonitor(
  { folder, kept }: { readonly folder: string; readonly kept: ReadonlySet<string> },
  child: ChildProcess,
  ended: Promise<unknown>,
  when: number,
): Promise<void> {
  for (;;) {
    const monitor = processesNaming(`${folder}/store`).find(
      ({ command }) =>
        command.includes('conmon --api-version') && ![...kept].some((id) => command.includes(id)),
    );
    if (monitor !== undefined) {
      await sleep(when * 300);
      try {
        process.kill(monitor.pid, 'SIGKILL');
      } catch {
        return;
      }
      break;
    }
    const over = await Promise.race([ended.then(() => true), sleep(3, false)]);
    if (over) return;
  }
  // Nobody will tell it how the container ended.
  await Promise.race([ended, sleep(3000)]);
  child.kill('SIGKILL');
}
