/** Names of user or group ids. */
export type Accounts = ReadonlyMap<number, string>;

/** Names kept at most: the file is the image's own. */
const MOST = 100_000;

/** Returns the names of /etc/passwd or /etc/group (`name:x:id:…`, passwd(5)); the first line of an id counts, as for the C library. */
export function parseAccounts(bytes: Uint8Array): Accounts {
  const names = new Map<number, string>();
  for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .split('\n')) {
    const match = /^([^:#][^:]{0,255}):[^:]*:(\d{1,10})(?::|$)/.exec(line);
    if (match === null) continue;
    const id = Number(match[2]);
    if (!names.has(id)) names.set(id, match[1]);
    if (names.size >= MOST) break;
  }
  return names;
}
