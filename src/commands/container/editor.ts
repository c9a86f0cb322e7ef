import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fail } from '../../model/error.js';
import type { Context } from '../program/context.js';
import type { Environment } from '../program/terminal.js';

/** What every system that is used by hand has. */
const USUAL = ['editor', 'vi'];
/** What a shell ends with that has no such program, or none that can be run (POSIX, "Exit Status for Commands"). */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/**
 * Returns a text as the user's editor left it: VISUAL, else EDITOR, else the system's, run by the shell as git does it. ^C is
 * the editor's meanwhile. Throws E_USAGE without a terminal, E_TOOL_MISSING without an editor that can be run, E_INTERRUPTED when the editor
 * did not end well.
 */
export async function editText(context: Context, name: string, text: string): Promise<string> {
  const { terminal, env } = context;
  if (!process.stdin.isTTY || !terminal.stderr.isTTY)
    fail('E_USAGE', 'editing the list: there is no terminal', {
      hint: 'use --include and --exclude instead of --pick',
    });
  const editor = editorOf(env);
  const folder = await mkdtemp(path.join(tmpdir(), 'strata-'));
  try {
    const file = path.join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    const status = await withoutInterrupts(() => run(editor, file, terminal.stdout.isTTY));
    if (status === NOT_FOUND || status === NOT_RUNNABLE)
      fail(
        'E_TOOL_MISSING',
        `editing the list: the editor '${editor}' cannot be run; nothing was committed`,
        {
          hint: 'set VISUAL or EDITOR to one that can, or use --include and --exclude',
        },
      );
    if (status !== 0)
      fail(
        'E_INTERRUPTED',
        `editing the list: the editor ended with ${String(status)}; nothing was committed`,
      );
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function editorOf(env: Environment): string {
  const own = [env.VISUAL, env.EDITOR].find((value) => value !== undefined && value.trim() !== '');
  if (own !== undefined) return own;
  const folders = (env.PATH ?? '').split(':').filter((folder) => path.isAbsolute(folder));
  const usual = USUAL.find((name) => folders.some((folder) => isProgram(path.join(folder, name))));
  if (usual !== undefined) return usual;
  return fail('E_TOOL_MISSING', 'editing the list: no editor was found', {
    hint: 'set VISUAL or EDITOR, or use --include and --exclude',
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(editor: string, file: string, stdoutIsTTY: boolean): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, file], {
      stdio: ['inherit', stdoutIsTTY ? 'inherit' : 2, 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? signal ?? 1);
    });
  });
}

async function withoutInterrupts<T>(deed: () => Promise<T>): Promise<T> {
  const before = process.listeners('SIGINT');
  const ignore = (): void => undefined;
  process.removeAllListeners('SIGINT').on('SIGINT', ignore);
  try {
    return await deed();
  } finally {
    process.off('SIGINT', ignore);
    for (const listener of before) process.on('SIGINT', listener);
  }
}
