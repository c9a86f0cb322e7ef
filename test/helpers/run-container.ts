import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import {
  containerFolder,
  type ContainerFolder,
  type RunFolder,
  runFolder,
} from '../../src/runtime/container/folder.js';
import { derivedKey } from '../../src/store/derived.js';
import { type OracleTree, readTree } from './oracle.js';
import { RUN } from './run-command.js';

/** Runs strata in a process of its own, which `run` needs; returns how it ended. */
export function strata(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...argv], {
    encoding: 'utf8',
    env: process.env,
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** Runs a script as root in a container that is kept under `name`; returns its exit status. */
export function runScript(name: string, image: string, script: string, ...flags: string[]): number | null {
  const argv = ['run', '-q', '--name', name, '-u', '0', ...flags, '--entrypoint', '/bin/sh'];
  const ended = strata(...argv, image, '-c', script);
  if (ended.status === null || ended.status === 125) expect(ended.stderr).toBe('');
  return ended.status;
}

/** A container that was started and stays until it is killed. */
export interface Started {
  readonly child: ChildProcess;
  /** The exit status of `strata run`, -1 when a signal ended it. */
  readonly ended: Promise<number>;
}

/** Starts a container whose script says `ready` when it has done what it is to do; it then waits. */
export async function startScript(
  name: string,
  image: string,
  script: string,
  ...flags: string[]
): Promise<Started> {
  const argv = ['run', '-q', '--name', name, '-u', '0', ...flags, '--entrypoint', '/bin/sh', image];
  const child = spawn(process.execPath, [RUN, ...argv, '-c', `${script}\necho ready\nexec sleep 1000`], {
    env: process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve) => {
    child.on('exit', (status) => {
      resolve(status ?? -1);
    });
  });
  let said = '';
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes('ready\n')) resolve();
    });
    child.on('exit', () => {
      reject(new Error(`the container ended: ${said} ${errors}`));
    });
  });
  return { child, ended };
}

const store = (): string => process.env.STRATA_STORE ?? '';

/** Where containers of the test's store run. */
export function testRunFolder(): RunFolder {
  return runFolder(derivedKey(store()), 0, process.env);
}

export function testFolder(id: string): ContainerFolder {
  return containerFolder(store(), testRunFolder(), id);
}

/** The pid of the conmon of a container. */
export function monitorOf(id: string): number {
  return Number(readFileSync(path.join(testFolder(id).run, 'monitor'), 'utf8'));
}

/** The file system of a running container without what is mounted in it, ids as inside. */
export async function containerTree(id: string, shift = 0): Promise<OracleTree> {
  const tree = await readTree(`/proc/${String(monitorOf(id))}/root${testFolder(id).rootfs}`);
  return new Map(
    [...tree].map(([at, entry]) => {
      const xattrs = Object.fromEntries(
        Object.entries(entry.xattrs).map(([name, value]) => [name, insideCapability(value, shift)]),
      );
      return [at, { ...entry, uid: entry.uid - shift, gid: entry.gid - shift, xattrs }];
    }),
  );
}

/** A capability that is good for root of the container's user namespace alone has its id behind it (revision 3). */
function insideCapability(hex: string, shift: number): string {
  const root = Buffer.alloc(4);
  root.writeUInt32LE(shift);
  const own = /^(01)000003(.{32})(.{8})$/.exec(hex);
  return own?.[3] === root.toString('hex') ? `${own[1]}000002${own[2]}` : hex;
}
