import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const ONE_THREAD = path.join(ROOT, 'test/store/one-thread.cjs');
const FOLDERS = ['src/model', 'src/store'];
const FILES = [
  'src/io/monotonic.ts',
  'src/io/regular-file.ts',
  'src/io/remove-below.ts',
  'src/io/system-error.ts',
  'test/store/deeds.ts',
  'test/store/sample-image.ts',
];

/** Translates the store and the deeds to JavaScript below `directory`; returns the program to start. */
export function compileDeeds(directory: string): string {
  const sources = [
    ...FILES,
    ...FOLDERS.flatMap((folder) =>
      readdirSync(path.join(ROOT, folder))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => path.join(folder, name)),
    ),
  ];
  for (const source of sources) {
    const target = path.join(directory, source.replace(/\.ts$/, '.js'));
    mkdirSync(path.dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(path.join(ROOT, source), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(target, outputText);
  }
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  return path.join(directory, 'test/store/deeds.js');
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, STRATA_TEST_DEED: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}

/** The calls that change what is on the disk; opening with O_CREAT shows at the next of them. */
export const CHANGES =
  'pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,ftruncate,utimensat,fchmod';

/** Returns the arguments that run `program` under strace, with all its calls in one thread. Throws when strace is not there to be used. */
export function traced(program: readonly string[], options: readonly string[]): readonly string[] {
  requireStrace();
  return ['-f', '-qq', ...options, process.execPath, '--require', ONE_THREAD, ...program];
}

let usable: boolean | undefined;

function requireStrace(): void {
  usable ??= spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;
  if (!usable)
    throw new Error('these tests kill processes with strace: apt-get install strace, and allow ptrace(2)');
}
