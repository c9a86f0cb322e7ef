import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { schemaErrors } from './json-schema.js';

const PROGRAM = path.join(path.dirname(fileURLToPath(import.meta.url)), 'verify-many.mjs');

/** Far more than any image takes: this tells a hang, and measures nothing. */
const HANG_MS = 300_000;

/** How one image was verified in a process that verifies many. */
export interface VerifiedOnce {
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Most memory of the process with its threads while it verified this image. */
  readonly peakKiB: number;
}

/** What the JSON of one image says. */
export interface Findings {
  /** Codes of errors: the one it ended with, and those of damages. */
  readonly codes: readonly string[];
  /** Codes of anomalies of severity error. */
  readonly broken: readonly string[];
}

/**
 * Verifies images one after another in a process of its own, whose folders for temporary files, its home, its store and
 * its current directory are all in `folder`; fails the test when it crashes, hangs, or leaves anything outside the store.
 */
export async function verifyMany(
  folder: string,
  commandLines: readonly (readonly string[])[],
): Promise<VerifiedOnce[]> {
  const own = (name: string): string => path.join(folder, name);
  const empty = ['here', 'home', 'tmp'];
  for (const name of empty) await mkdir(own(name), { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: own('home'),
    TMPDIR: own('tmp'),
    STRATA_STORE: own('store'),
    NODE_ENV: 'production',
    LC_ALL: 'C.UTF-8',
    TERM: 'xterm',
  };
  const results = await new Promise<VerifiedOnce[]>((resolve, reject) => {
    const lines: VerifiedOnce[] = [];
    let errors = '';
    const child = spawn(process.execPath, [PROGRAM], { cwd: own('here'), env });
    const current = (): string => commandLines[lines.length]?.join(' ') ?? 'after the last image';
    const bark = (): void => {
      child.kill('SIGKILL');
      reject(new Error(`it hangs: ${current()}`));
    };
    let watchdog = setTimeout(bark, HANG_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(bark, HANG_MS);
      lines.push(JSON.parse(line) as VerifiedOnce);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(watchdog);
      if (code === 0 && errors === '') resolve(lines);
      else reject(new Error(`it ended with ${String(signal ?? code)} at ${current()}: ${errors}`));
    });
    child.stdin.end(JSON.stringify(commandLines));
  });
  expect(results.map(({ argv }) => argv)).toEqual(commandLines);
  for (const name of empty) expect([name, readdirSync(own(name))]).toEqual([name, []]);
  return results;
}

/** Returns what the output of --json says, after its schema was checked. */
export function findingsOf({ stdout }: VerifiedOnce): Findings {
  const value = JSON.parse(stdout) as {
    ok?: boolean;
    error: { code: string } | null;
    damages?: { error: { code: string } }[];
    anomalies?: { code: string; severity: string }[];
  };
  if (value.ok !== undefined) expect(schemaErrors('verify.json', value)).toEqual([]);
  const { error, damages = [], anomalies = [] } = value;
  return {
    codes: [error, ...damages.map((damage) => damage.error)].flatMap((each) => each?.code ?? []),
    broken: anomalies.filter(({ severity }) => severity === 'error').map(({ code }) => code),
  };
}
