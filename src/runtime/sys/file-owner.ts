import { check, declare } from './libc.js';

const setfsuid = declare('int setfsuid(uint32_t id)');
const setfsgid = declare('int setfsgid(uint32_t id)');
const capget = declare('int capget(uint8_t *header, uint8_t *data)');
const capset = declare('int capset(const uint8_t *header, const uint8_t *data)');

/** _LINUX_CAPABILITY_VERSION_3 (capget(2)); behind it the thread: this one. */
const HEADER = Buffer.from([0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0]);

/** As whom files are made. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Returns what `use` returns, the files that it makes being the owner's from the beginning on (setfsuid(2)), as it has to be
 * on a mount whose ids are shifted and know nothing of this process's own. What this thread may do stays the same. `use` may
 * call nothing asynchronous. Throws SystemCallError and what `use` throws.
 */
export function asFileOwner<T>({ uid, gid }: FileOwner, use: () => T): T {
  const rights = Buffer.alloc(24);
  check('reading', 'the capabilities', capget(Buffer.from(HEADER), rights));
  // The group first: with another user the right to change it is gone.
  const group = setfsgid(gid);
  const user = setfsuid(uid);
  try {
    check('keeping', 'the capabilities', capset(HEADER, rights));
    return use();
  } finally {
    setfsuid(user);
    setfsgid(group);
  }
}
