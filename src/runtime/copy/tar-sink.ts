import { gather } from '../../layers/write/gather.js';
import { TAR_END, tarHeader, tarPadding } from '../../io/tar/write.js';
import { encodeName } from '../../model/name.js';
import type { CopyEntry, CopySink } from './copy-entry.js';

/** Writes a tree as a tar. */
export interface TarSink extends CopySink {
  /** Ends the tar; resolves when everything is written. */
  readonly finish: () => Promise<void>;
}

const SECOND = 1_000_000_000n;
const ZEROS = new Uint8Array(64 * 1024);

/**
 * Returns a sink that writes a tar whose names begin with `root`, `.` for what is in a directory. Holes become zeros, which
 * every reader understands.
 */
export function createTarSink(root: string, write: (bytes: Uint8Array) => Promise<void>): TarSink {
  const out = gather(write);
  const zeros = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= ZEROS.length)
      await out.write(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
  };
  const named = (path: string): string => (path === '' ? root : `${root}/${path}`);
  return {
    async take(entry, pieces = []) {
      await out.write(tarHeader(memberOf(entry, named)));
      let at = 0;
      for await (const { offset, bytes } of pieces) {
        await zeros(offset - at);
        await out.write(bytes);
        at = offset + bytes.length;
      }
      await zeros(entry.size - at);
      await out.write(tarPadding(entry.size));
    },
    async finish() {
      await out.write(TAR_END);
      await out.end();
    },
  };
}

function memberOf(entry: CopyEntry, named: (path: string) => string): Parameters<typeof tarHeader>[0] {
  const { kind, path, mtime, link } = entry;
  const nanoseconds = ((mtime % SECOND) + SECOND) % SECOND;
  return {
    ...entry,
    name: encodeName(kind === 'directory' ? `${named(path)}/` : named(path)),
    mtimeSeconds: Number((mtime - nanoseconds) / SECOND),
    mtimeNanoseconds: Number(nanoseconds),
    ...(kind === 'symlink' ? { linkName: encodeName(link) } : {}),
    ...(kind === 'hardlink' ? { linkName: encodeName(named(link)) } : {}),
  };
}
