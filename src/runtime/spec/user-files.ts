/* The lines of passwd(5) and group(5) as the package `user` of moby/sys reads them, which docker uses. */

/** Ids up to 2^31-1, as docker has it: some programs keep them in signed 32 bits. */
export const MAX_ID = 2 ** 31 - 1;

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/**
 * Goes over the entries of a passwd file, first first. A line whose ids are no numbers from 0 to 2^31-1 is not one: were
 * they read as 0, garbage would make somebody root.
 */
export function* passwdEntries(text: string): Generator<PasswdEntry> {
  for (const line of linesOf(text)) {
    const fields = line.split(':', 7);
    const uid = idOf(fields.at(2));
    const gid = idOf(fields.at(3));
    if (uid !== undefined && gid !== undefined)
      yield { name: fields[0], uid, gid, home: fields.at(5) ?? '', shell: fields.at(6) ?? '' };
  }
}

/** Goes over the entries of a group file, first first; comments and lines without a good id are none. */
export function* groupEntries(text: string): Generator<GroupEntry> {
  for (const line of linesOf(text)) {
    if (line.startsWith('#')) continue;
    const fields = line.split(':', 5);
    const gid = idOf(fields.at(2));
    const members = fields.at(3) ?? '';
    if (gid !== undefined) yield { name: fields[0], gid, members: members === '' ? [] : members.split(',') };
  }
}

/** What a number in a user string or file says: Go's strconv.Atoi takes a sign and leading zeros. */
export function numberOf(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function idOf(text: string | undefined): number | undefined {
  const id = text === undefined ? undefined : numberOf(text);
  return id !== undefined && id >= 0 && id <= MAX_ID ? id + 0 : undefined;
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end).trim();
    if (line !== '') yield line;
    start = end + 1;
  }
}
