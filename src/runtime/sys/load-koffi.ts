import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { default as Koffi } from 'koffi';

/** Of koffi what is used here; its binary has it without the scripts around it, which take four times as long to load. */
export type Bridged = Pick<typeof Koffi, 'load' | 'errno'>;

/** Bytes in which a program names the loader of its C library (elf(5), PT_INTERP). */
const HEAD = 4096;

/** Returns koffi: its binary for glibc where Node is one for that, else what its own scripts find. Throws what those throw. */
export function loadKoffi(): Bridged {
  const require = createRequire(import.meta.url);
  try {
    if (isForGlibc()) return loadBinary(require);
  } catch {
    // Its packages are laid out in another way.
  }
  return require('koffi') as Bridged;
}

function loadBinary(require: NodeJS.Require): Bridged {
  const found = require.resolve(`@koromix/koffi-linux-${process.arch}`);
  const loaded = { exports: {} as Bridged };
  process.dlopen(loaded, path.join(path.dirname(found), `linux_${process.arch}`, 'koffi.node'));
  return loaded.exports;
}

/** Musl may take what is built for glibc, and then fail in it. */
function isForGlibc(): boolean {
  const descriptor = openSync(process.execPath, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    return head.subarray(0, readSync(descriptor, head, 0, HEAD, 0)).includes('/ld-linux');
  } finally {
    closeSync(descriptor);
  }
}
