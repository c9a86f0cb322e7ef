import type { Attachment } from './attach.js';
import { detachWatcher } from './detach-keys.js';

/**
 * Passes what is typed on to a program until there is no more, or the whole of the detach keys; returns whether it was
 * those. Bytes that may yet become them wait for the next.
 */
export async function feed(
  attachment: Pick<Attachment, 'write' | 'end'>,
  input: AsyncIterable<Uint8Array>,
  keys: Uint8Array,
): Promise<boolean> {
  const watch = detachWatcher(keys);
  try {
    for await (const bytes of input) {
      const { passed, detached } = watch(bytes);
      await attachment.write(passed);
      if (detached) return true;
    }
    attachment.end();
  } catch {
    // The program has closed its side: what it would have read is nobody's.
  }
  return false;
}
