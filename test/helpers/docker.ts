import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { needRoot, needTool, storageDriver } from './tool.js';

/** A daemon of docker's of our own: no networks, nothing of it outside of one folder. */
export interface Docker {
  /** Where it listens, as the client takes it. */
  readonly host: string;
  /** Returns what the client printed; throws when it fails. */
  readonly docker: (...argv: string[]) => string;
  /** Resolves when it and all that it made is gone. */
  readonly end: () => Promise<void>;
}

/** Milliseconds in which it answers, and ends. */
const PATIENCE = 60_000;

/** Starts one below `folder`, whose path has to be short, since a socket is in it. */
export async function startDocker(folder: string): Promise<Docker> {
  needRoot();
  needTool('dockerd');
  needTool('docker');
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => path.join(folder, name);
  const host = `unix://${at('socket')}`;
  const driver = storageDriver(folder) === 'overlay' ? 'overlay2' : 'vfs';
  const log = openSync(at('log'), 'w');
  const argv = [
    ...['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '-H', host],
    ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false', '--bridge=none'],
    ...['--storage-driver', driver, '--exec-opt', 'native.cgroupdriver=cgroupfs'],
    ...['--default-ulimit', 'nofile=1024:1024'],
  ];
  const child = spawn('dockerd', argv, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
  });
  const docker = (...words: string[]): string =>
    execFileSync('docker', ['-H', host, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const begun = Date.now();
  while (!answers(docker)) {
    if (child.exitCode !== null || Date.now() - begun > PATIENCE) {
      child.kill('SIGKILL');
      throw new Error(`dockerd did not answer: ${readFileSync(at('log'), 'utf8').slice(-2000)}`);
    }
    await sleep(100);
  }
  return {
    host,
    docker,
    end: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(docker: Docker['docker']): boolean {
  try {
    docker('version');
    return true;
  } catch {
    return false;
  }
}
