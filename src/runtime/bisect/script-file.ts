import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { existsSync, readdirSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { systemReason } from '../../io/system-error.js';
import type { RunFolder } from '../container/folder.js';
import type { BindMount } from '../spec/user-mounts.js';
import { SCRIPT_TARGET, toolMount } from '../toolbox/tool-mounts.js';

/** A script of this machine as a container can run it. */
export interface ScriptFile {
  readonly mount: BindMount;
  /** What runs it, by its first line; /bin/sh where that does not say. */
  readonly words: readonly string[];
  /** Removes it. */
  readonly remove: () => Promise<void>;
}

/** Bytes of a script. */
const LIMIT = 16 * 1024 * 1024;

/**
 * Copies a script to where any user of a container may read it, and none of this machine but this one. Throws E_NOT_FOUND, E_UNREADABLE, E_LIMIT,
 * E_USAGE for an empty one.
 */
export async function openScript(run: RunFolder, file: string): Promise<ScriptFile> {
  const text = await readScript(file);
  removeLeft(run);
  const folder = path.join(run.root, `script-${String(process.pid)}`);
  // As whoever mounts it in the container, which is this user; there its own mode holds.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const directory of [path.dirname(run.root), run.root]) await chmod(directory, run.mode);
  await chmod(folder, 0o700);
  const copy = path.join(folder, 'script');
  await writeFile(copy, text);
  await chmod(copy, 0o755);
  return {
    mount: toolMount(copy, SCRIPT_TARGET),
    words: [...interpreter(text), SCRIPT_TARGET],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function readScript(file: string): Promise<Buffer> {
  let text: Buffer;
  try {
    const { size } = await stat(file);
    if (size > LIMIT)
      fail('E_LIMIT', `reading the script ${file}: ${String(size)} bytes, over ${String(LIMIT)}`);
    text = await readFile(file);
  } catch (thrown) {
    const missing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    if (!(thrown instanceof Error && 'code' in thrown && 'syscall' in thrown)) throw thrown;
    return fail(
      missing ? 'E_NOT_FOUND' : 'E_UNREADABLE',
      `reading the script ${file}: ${systemReason(thrown).reason}`,
    );
  }
  if (text.length === 0) fail('E_USAGE', `reading the script ${file}: it is empty`);
  return text;
}

/** execve(2): the interpreter, and all that follows it as one argument. Not left to the kernel: /run may be noexec. */
function interpreter(text: Buffer): readonly string[] {
  const line = /^#![ \t]*([^ \t\n\0]+)(?:[ \t]+([^\n\0]*?))?[ \t\r]*(?:\n|$)/.exec(
    text.toString('utf8', 0, 4096),
  );
  if (line === null) return ['/bin/sh'];
  const argument = line.at(2) ?? '';
  return argument === '' ? [line[1]] : [line[1], argument];
}

/** Removes scripts of those that were killed. */
function removeLeft(run: RunFolder): void {
  if (!existsSync(run.root)) return;
  for (const name of readdirSync(run.root)) {
    const pid = /^script-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      void rm(path.join(run.root, name), { recursive: true, force: true });
  }
}
