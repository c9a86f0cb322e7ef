import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createTarReader } from '../io/tar/read.js';
import { createAnomalyLog } from '../model/anomaly.js';
import { digestFromBytes } from '../model/digest.js';
import { fail, StrataError } from '../model/error.js';
import type { Limits } from '../model/limits.js';
import { createIndexBuilder } from './build-index.js';
import type { LayerIndex } from './layer-index.js';

/**
 * Returns the index of a directory tree of the host, as GNU tar sees it: Node cannot read extended attributes, and tar
 * knows hard links, sparse files and devices. Sockets are not in it. Throws E_TOOL_MISSING, E_UNREADABLE.
 */
export async function indexDirectory(
  directory: string,
  options: { readonly limits: Limits; readonly signal?: AbortSignal | undefined },
): Promise<LayerIndex> {
  const anomalies = createAnomalyLog();
  const builder = createIndexBuilder(anomalies, options.limits);
  const reader = createTarReader(builder, { limits: options.limits, anomalies });
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
      signal: options.signal,
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
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of tar.stdout as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    reader.push(chunk);
    await builder.room();
  }
  const code = await ended;
  if (code !== 0)
    fail(
      'E_UNREADABLE',
      `reading the directory ${directory}: ${complaints.split('\n')[0] || `tar ended with ${String(code)}`}`,
      {
        hint: 'read it as a user who may read every file, or pack it first',
      },
    );
  reader.end();
  await builder.settled();
  return builder.finish({ diffID: digestFromBytes(hash.digest()), plainBytes: bytes });
}

function spawnFailure(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT')
    fail('E_TOOL_MISSING', 'reading a directory tree: tar is not installed', { hint: 'apt-get install tar' });
  if (code === 'ABORT_ERR') throw new StrataError('E_INTERRUPTED', 'interrupted');
  throw error;
}
