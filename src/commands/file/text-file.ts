import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { failWriting } from '../../layers/write/host-write.js';
import { createFileOutput } from './file-output.js';

/** Characters gathered before a write. */
const CHUNK = 65_536;

/**
 * Writes the parts into the file, which is whole or not there: an older one is replaced when all is written. Pipes, devices and
 * the names of open files (`/dev/stdout`) are written to as they are. Throws E_NOT_FOUND, E_UNWRITABLE, E_DISK_FULL.
 */
export async function writeTextFile(target: string, parts: Iterable<string>): Promise<void> {
  if (isStream(target)) {
    writeStream(target, parts);
    return;
  }
  const file = createFileOutput(target, true);
  try {
    for (const chunk of chunks(parts)) await file.write(chunk);
    file.publish();
  } finally {
    file.discard();
  }
}

function isStream(target: string): boolean {
  if (/^\/(?:dev|proc)\//.test(target)) return true;
  const stats = statSync(target, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

function writeStream(target: string, parts: Iterable<string>): void {
  try {
    const descriptor = openSync(target, 'a');
    try {
      for (const chunk of chunks(parts))
        for (let done = 0; done < chunk.length;) done += writeSync(descriptor, chunk, done);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    failWriting('writing', target, thrown);
  }
}

function* chunks(parts: Iterable<string>): Generator<Uint8Array> {
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
