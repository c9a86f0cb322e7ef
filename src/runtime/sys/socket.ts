import { check, declare, shown } from './libc.js';

const socket = declare('int socket(int domain, int kind, int protocol)');
const connect = declare('int connect(int fd, const uint8_t *address, uint32_t length)');
const shutdown = declare('int shutdown(int fd, int how)');

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SHUT_WR = 1;
const SHUT_RDWR = 2;
/** Bytes of `sun_path` (unix(7)), its final NUL counted. */
const PATH_LENGTH = 108;

/**
 * Returns the descriptor of a connected SOCK_SEQPACKET socket, which Node's own `net` cannot make; it is read and written
 * by `fs`, a packet at a time. Throws SystemCallError.
 */
export function connectPackets(path: string): number {
  const address = Buffer.alloc(2 + PATH_LENGTH);
  address.writeUInt16LE(AF_UNIX, 0);
  const length = address.write(path, 2, PATH_LENGTH - 1);
  if (length !== Buffer.byteLength(path)) check('connecting to', `${shown(path)}: the path is too long`, -1);
  const descriptor = check('making', 'a socket', socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  check('connecting to', shown(path), connect(descriptor, address, 2 + length + 1));
  return descriptor;
}

/** Tells the other side that nothing more will be written. */
export function endWriting(descriptor: number): void {
  check('ending', 'a socket', shutdown(descriptor, SHUT_WR));
}

/** Ends both directions; a read that waits returns the end. */
export function endBoth(descriptor: number): void {
  check('ending', 'a socket', shutdown(descriptor, SHUT_RDWR));
}
