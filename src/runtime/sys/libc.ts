import { getSystemErrorMap } from 'node:util';
import type { LibraryHandle } from 'koffi';
import { StrataError } from '../../model/error.js';
import { type Bridged, loadKoffi } from './load-koffi.js';

/*
 * The one place that calls the C library: what Node has no function for (mounts, namespaces, xattrs, device nodes). The
 * program itself is asked for the functions, so that glibc and musl are the same.
 */

/** A path for the kernel: text, or the bytes as they are. */
export type SysPath = string | Uint8Array;

type Raw = (...args: unknown[]) => number | bigint;

interface Bridge {
  readonly koffi: Bridged;
  readonly library: LibraryHandle;
}

let loaded: Bridge | undefined;

/** Loads what calls the C library, if it is not there yet: most commands never need it. Throws what loading it throws. */
export function loadBridge(): Bridge {
  if (loaded !== undefined) return loaded;
  const koffi = loadKoffi();
  return (loaded = { koffi, library: koffi.load(null) });
}

/** Thrown by every call that fails: the errno's name in `errno`, the call and what it was about in the message. */
export class SystemCallError extends StrataError {
  readonly errno: string;

  constructor(call: string, about: string, errno: string, reason: string) {
    super(
      errno === 'EPERM' ? 'E_PRIVILEGE' : 'E_INTERNAL',
      `${call} ${about}: ${reason === '' ? errno : reason}`,
    );
    this.errno = errno;
  }
}

/** Returns the function of that C prototype, which is looked up when it is first called. */
export function declare(prototype: string): Raw {
  let raw: Raw | undefined;
  return (...args) => (raw ??= loadBridge().library.func(prototype) as Raw)(...args);
}

/**
 * Returns what the call returned. Throws SystemCallError when it is negative; `detail` is then asked for what else is
 * known. To be called at once, before anything else makes system calls. `errno` is given by those that return it.
 */
export function check(
  call: string,
  about: string,
  result: number | bigint,
  detail?: () => string,
  errno = result >= 0 ? 0 : loadBridge().koffi.errno(),
): number {
  if (result >= 0) return Number(result);
  const [name, words] = getSystemErrorMap().get(-errno) ?? [String(errno), ''];
  const more = detail?.() ?? '';
  throw new SystemCallError(call, about, name, more === '' ? words : `${words} (${more})`);
}

/** Returns the bytes of a C string. Throws E_INTERNAL for a NUL inside, which would cut it. */
export function cString(text: SysPath): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes.includes(0)) throw new StrataError('E_INTERNAL', 'calling the kernel: a NUL in a name');
  const ended = Buffer.alloc(bytes.length + 1);
  ended.set(bytes);
  return ended;
}

/** Returns a path for a message. */
export function shown(path: SysPath): string {
  return typeof path === 'string' ? path : Buffer.from(path).toString();
}
