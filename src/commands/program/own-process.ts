import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { killChild } from '../../io/kill-child.js';
import { StrataError } from '../../model/error.js';
import { ERROR_CODES, type ErrorCode } from '../../model/error-codes.js';
import type { Environment } from './terminal.js';

/** How strata is started once more: program and first arguments. */
export type OwnProgram = readonly [program: string, ...words: string[]];

/** Returns how this very strata was started. */
export function ownProgram(): OwnProgram {
  return [process.execPath, ...process.execArgv, process.argv[1]];
}

export interface OwnProcessOptions {
  readonly program: OwnProgram;
  readonly env: Environment;
  /** Interrupts it as Ctrl-C does: it tidies up first. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each line on its standard error. */
  readonly onLine?: (line: string) => void;
}

/** Bytes of an answer that are read. */
const MOST = 256 * 1024 * 1024;

/**
 * Runs a command of strata with `--json` in a process of its own, which can be root of a user's namespace and keeps no key
 * of ours waiting; returns what it printed. Rejects with the error that it printed, and when it was interrupted.
 */
export async function askStrata(
  argv: readonly string[],
  { program: [program, ...first], env, signal, onLine }: OwnProcessOptions,
): Promise<unknown> {
  signal?.throwIfAborted();
  // In a group of its own: what is typed on our terminal is not for it.
  const child = spawn(program, [...first, ...argv], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const interrupt = (): void => killChild(child, 'SIGINT');
  signal?.addEventListener('abort', interrupt, { once: true });
  // Whoever asked may have gone: it is done all the same.
  if (signal === undefined) for (const one of [child, child.stdout, child.stderr]) unref(one);
  const parts: Buffer[] = [];
  let length = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    length += bytes.length;
    if (length <= MOST) parts.push(bytes);
  });
  const said = lines(child.stderr, onLine);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal?.throwIfAborted();
    const answer = parsed(Buffer.concat(parts).toString());
    const error = errorIn(answer);
    if (error !== undefined) throw error;
    if (answer !== undefined) return answer;
    throw new StrataError('E_INTERNAL', `strata ${argv[0]} ended with ${String(code)}: ${said.last()}`);
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/**
 * Runs a command of strata on the terminal of this process, which must be nobody else's meanwhile; returns its exit code,
 * 128 and the signal's number where one ended it.
 */
export async function lendTerminal(
  argv: readonly string[],
  { program: [program, ...first], env }: OwnProcessOptions,
): Promise<number> {
  // What Ctrl-C says meanwhile is for who has the terminal.
  const held = process.rawListeners('SIGINT') as (() => void)[];
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  for (const one of held) process.off('SIGINT', one);
  const child = spawn(program, [...first, ...argv], { env, stdio: 'inherit' });
  // Who crashes leaves nobody behind on a terminal that goes back to the shell.
  const hangUp = (): void => killChild(child, 'SIGHUP');
  process.once('exit', hangUp);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    for (const one of held) process.on('SIGINT', one);
    process.off('SIGINT', ignore);
    process.off('exit', hangUp);
  }
}

function unref(handle: unknown): void {
  (handle as { unref(): void }).unref();
}

function lines(stream: NodeJS.ReadableStream, onLine: ((line: string) => void) | undefined) {
  let rest = '';
  let last = '';
  stream.on('data', (bytes: Buffer) => {
    const whole = (rest + bytes.toString()).split('\n');
    rest = (whole.pop() ?? '').slice(-MOST_LINE);
    for (const line of whole) {
      last = line;
      onLine?.(line);
    }
  });
  return { last: () => (rest === '' ? last : rest) };
}

/** Characters of a line that has no end. */
const MOST_LINE = 64 * 1024;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The error of a command, or the first of one of several containers. */
function errorIn(answer: unknown): StrataError | undefined {
  const { error, errors } = (answer ?? {}) as { error?: Told; errors?: readonly Told[] };
  const told = error ?? errors?.at(0);
  if (told === undefined) return undefined;
  const code = told.code in ERROR_CODES ? (told.code as ErrorCode) : 'E_INTERNAL';
  return new StrataError(code, told.message, told.hint === null ? {} : { hint: told.hint });
}
