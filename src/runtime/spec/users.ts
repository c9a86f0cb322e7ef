import { fail } from '../../model/error.js';
import { groupEntries, MAX_ID, numberOf, type PasswdEntry, passwdEntries } from './user-files.js';

/** Who the process is. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** All groups of the process, its own first, none twice. */
  readonly groups: readonly number[];
  /** Absolute; `/` where none is known. */
  readonly home: string;
}

/** The texts of the snapshot's /etc/passwd and /etc/group; undefined where there is no such regular file. */
export interface UserFiles {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

/** As many supplementary groups as Linux takes (NGROUPS_MAX, setgroups(2)). */
const GROUPS_MAX = 65_536;

/**
 * Returns the user that `user[:group]` names in the files of a snapshot, by the rules of moby/sys's GetExecUser: a
 * number is never a name, the first entry counts, and only without a group do the groups that list the user come along.
 * `addGroups` are further groups by name or number. Throws E_NOT_FOUND for a name without an entry, E_USAGE for a number
 * that is no id, E_LIMIT for more groups than Linux has room for.
 */
export function findUser(text: string, files: UserFiles, addGroups: readonly string[] = []): ContainerUser {
  const colon = text.indexOf(':');
  const user = parseName(colon < 0 ? text : text.slice(0, colon), 'user');
  const group = parseName(colon < 0 ? '' : text.slice(colon + 1), 'group');
  const entry = findEntry(user, files.passwd ?? '');
  if (entry === undefined && user.kind === 'name')
    fail('E_NOT_FOUND', `looking up the user ${user.name}: the image's /etc/passwd has no entry of it`, {
      hint: 'give a number, as in -u 1000:1000',
    });
  const gid = group.kind === 'none' ? (entry?.gid ?? 0) : groupID(group, files.group ?? '');
  const more =
    group.kind === 'none' && entry !== undefined && entry.name !== ''
      ? groupsListing(entry.name, files.group ?? '')
      : [];
  const added = addGroups.map((name) => addedGroup(name, files.group ?? ''));
  const groups = [...new Set([gid, ...more, ...added])];
  if (groups.length > GROUPS_MAX)
    fail('E_LIMIT', `looking up the groups of ${text}: ${String(groups.length)}, Linux has room for 65536`);
  return { uid: entry?.uid ?? (user.kind === 'id' ? user.id : 0), gid, groups, home: homeOf(entry?.home) };
}

type Name =
  | { readonly kind: 'none' }
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'name'; readonly name: string };

function parseName(text: string, what: string): Name {
  if (text === '') return { kind: 'none' };
  const id = numberOf(text);
  if (id === undefined) return { kind: 'name', name: text };
  if (id < 0 || id > MAX_ID)
    fail('E_USAGE', `reading the ${what} '${text}': ids are numbers from 0 to ${String(MAX_ID)}`);
  return { kind: 'id', id: id + 0 };
}

function findEntry(user: Name, passwd: string): PasswdEntry | undefined {
  for (const entry of passwdEntries(passwd))
    if (user.kind === 'name' ? entry.name === user.name : entry.uid === (user.kind === 'id' ? user.id : 0))
      return entry;
  return undefined;
}

function groupID(group: Exclude<Name, { kind: 'none' }>, text: string): number {
  if (group.kind === 'id') return group.id;
  for (const entry of groupEntries(text)) if (entry.name === group.name) return entry.gid;
  return fail(
    'E_NOT_FOUND',
    `looking up the group ${group.name}: the image's /etc/group has no entry of it`,
    {
      hint: 'give its number',
    },
  );
}

function addedGroup(name: string, text: string): number {
  const group = parseName(name, 'group');
  return group.kind === 'none' ? fail('E_USAGE', 'adding a group: its name is empty') : groupID(group, text);
}

function groupsListing(user: string, text: string): number[] {
  const found: number[] = [];
  for (const entry of groupEntries(text)) if (entry.members.includes(user)) found.push(entry.gid);
  return found;
}

/** A home from an image goes into the environment, where a NUL would end it. */
function homeOf(home: string | undefined): string {
  return home?.startsWith('/') === true && !home.includes('\0') ? home : '/';
}
