import { type Content, type ContentOptions, readContents } from '../../layers/read/content.js';
import { resolvePath } from '../../layers/union/resolve.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { StrataError } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import { readSnapshotFiles } from '../spec/snapshot-files.js';
import { HEAD, type Programs } from './find-shell.js';

/** Returns the programs of snapshot `n`, without resolving a path of it on this machine. Throws as reading its files does. */
export async function snapshotPrograms(
  union: Union,
  n: number,
  layers: readonly Layer[],
  options: ContentOptions,
): Promise<Programs> {
  const fileBehind = (path: string): SnapshotFile | undefined => {
    try {
      const file = resolvePath(union, n, path);
      return file.kind === 'file' ? file : undefined;
    } catch (thrown) {
      if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return undefined;
      throw thrown;
    }
  };
  return {
    users: await readSnapshotFiles(union, n, layers, options),
    isFile: (path) => fileBehind(path) !== undefined,
    async head(path) {
      const file = fileBehind(path);
      if (file?.inode === undefined || file.size === 0 || (file.mode & 0o111) === 0) return undefined;
      const { layer, row } = file.inode;
      const chunks: Uint8Array[] = [];
      let length = 0;
      const take = async (_row: number, content: Content): Promise<void> => {
        for await (const chunk of content) {
          chunks.push(Uint8Array.from(chunk.subarray(0, HEAD - length)));
          length += chunk.length;
          if (length >= HEAD) return;
        }
      };
      await readContents(layers[layer - 1], union.layers[layer - 1], [row], take, options);
      return Buffer.concat(chunks);
    },
  };
}
