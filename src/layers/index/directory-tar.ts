import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fail, StrataError } from '../../model/error.js';

/**
 * Yields a directory tree of the host as a tar, the same as long as nothing in it changes: GNU tar knows extended attributes,
 * hard links, sparse files and devices. Throws E_TOOL_MISSING, E_UNREADABLE, E_INTERRUPTED.
 */
export async function* directoryTar(directory: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const tar = spawn(
    'tar',
    [
      '--create',
      '--file=-',
      '--format=posix',
      '--xattrs',
      '--xattrs-include=*',
      '--numeric-owner',
      '--sort=name',
      '--pax-option=delete=atime,delete=ctime',
      '--warning=no-file-ignored',
      `--directory=${directory}`,
      '.',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: signal,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    },
  );
  let complaints = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaints.length < 4096) complaints += text;
  });
  const ended = once(tar, 'close').then(
    ([code]: unknown[]) => code as number | null,
    (error: unknown) => spawnFailure(error),
  );
  // The loop below hears of it later, or never when reading fails first.
  ended.catch(() => undefined);
  yield* tar.stdout as AsyncIterable<Buffer>;
  const code = await ended;
  if (code !== 0)
    fail(
      'E_UNREADABLE',
      `reading the directory ${directory}: ${complaints.split('\n')[0] || `tar ended with ${String(code)}`}`,
      {
        hint: 'read it as a user who may read every file, or pack it first',
      },
    );
}

function spawnFailure(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT')
    fail('E_TOOL_MISSING', 'reading a directory tree: tar is not installed', { hint: 'apt-get install tar' });
  if (code === 'ABORT_ERR') throw new StrataError('E_INTERRUPTED', 'interrupted');
  throw error;
}
