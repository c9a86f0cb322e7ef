import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import type { PJSON } from '@oclif/core/interfaces';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where the fixtures are. */
export const FIXTURES = path.join(ROOT, 'fixtures/generated');

/** The program, to be spawned where a process of its own matters. */
export const RUN = path.join(ROOT, 'bin/run.js');

interface Startable {
  id: string;
  start(argv: readonly string[], config: Config): Promise<void>;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  /** The bytes of stdout. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  /** Makes standard output a terminal of that many columns. */
  readonly tty?: number;
}

let config: Promise<Config> | undefined;

/** Loads what a command needs of package.json, as src/commands/main.ts does. */
function loadConfig(): Promise<Config> {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as PJSON;
  const pjson: PJSON = { ...manifest, oclif: { ...manifest.oclif, plugins: [], commands: '' } };
  return Config.load({ root: ROOT, pjson, userPlugins: false, devPlugins: false });
}

/** Runs a command in this process, its output caught: a tenth of the time of spawning it. One at a time. */
export async function runCommand(
  command: Startable,
  argv: readonly string[],
  { tty }: RunOptions = {},
): Promise<Ended> {
  config ??= loadConfig();
  const loaded = await config;
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const streams = [
    { stream: process.stdout, to: out },
    { stream: process.stderr, to: err },
  ].map((one) => ({ ...one, before: Object.getOwnPropertyDescriptor(one.stream, 'write') }));
  const { isTTY, columns } = process.stdout;
  const { exitCode } = process;
  for (const { stream, to } of streams) stream.write = catcher(to);
  Object.assign(process.stdout, { isTTY: tty !== undefined, columns: tty });
  process.exitCode = undefined;
  try {
    await command.start(argv, loaded);
    const bytes = Buffer.concat(out);
    const status = Number(Reflect.get(process, 'exitCode') ?? 0);
    return { status, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() };
  } finally {
    process.exitCode = exitCode;
    for (const { stream, before } of streams) {
      Reflect.deleteProperty(stream, 'write');
      if (before !== undefined) Object.defineProperty(stream, 'write', before);
    }
    Object.assign(process.stdout, { isTTY, columns });
  }
}

function catcher(to: Buffer[]): typeof process.stdout.write {
  return (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    to.push(Buffer.from(chunk));
    const done = rest.find((part) => typeof part === 'function');
    (done as (() => void) | undefined)?.();
    return true;
  };
}
