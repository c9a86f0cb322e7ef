import { decodeName } from '../../model/name.js';
import { StrataError } from '../../model/error.js';
import { DEFAULT_PATH } from '../spec/environment.js';
import { passwdEntries } from '../spec/user-files.js';
import { findUser, type UserFiles } from '../spec/users.js';
import { elfLoading } from './elf-interpreter.js';

/** A shell of a snapshot or container. */
export interface FoundShell {
  /** Program and arguments that make it one: `/bin/busybox sh`. */
  readonly words: readonly string[];
  /** Why this one, in words for the user; undefined for the first that was there. */
  readonly why: string | undefined;
}

/** A file system in which a program is looked for. */
export interface Programs {
  /** Returns the first bytes ({@link HEAD} at most) of the regular file, with a right to execute it, that a path leads to. */
  readonly head: (path: string) => Promise<Uint8Array | undefined>;
  /** Whether a path leads to a regular file. */
  readonly isFile: (path: string) => boolean;
  readonly users: UserFiles;
}

/** Who would use the shell, and what is known of the image. */
export interface ShellHints {
  /** SHELL of the image; empty where that is not known. */
  readonly shell: readonly string[];
  /** `user[:group]` */
  readonly user: string;
  readonly env: readonly string[];
}

/** Bytes of a program that are looked at. */
export const HEAD = 65_536;

/** Best first. */
const SHELLS = ['bash', 'zsh', 'ash', 'sh', 'busybox'];
/** What a user's login shell, or SHELL of the image, may be for a person who types. */
const KNOWN = new Set([...SHELLS, ...'dash fish ksh mksh yash csh tcsh elvish nu xonsh'.split(' ')]);
const MOST_FOLDERS = 64;

/**
 * Returns the best shell that can run there: that of the image (SHELL), that of the user's entry in passwd, then bash, zsh,
 * ash, sh and busybox on PATH. Each must be a regular file with the right to execute it, and what it is loaded by must be
 * there too. Undefined when there is none. Runs nothing.
 */
export async function findShell(programs: Programs, hints: ShellHints): Promise<FoundShell | undefined> {
  const folders = pathOf(hints.env);
  const wanted: { readonly name: string; readonly why?: string }[] = [];
  const own = hints.shell.at(0);
  if (own !== undefined && isKnown(own)) wanted.push({ name: own, why: 'SHELL of the image' });
  const login = loginShell(hints.user, programs.users);
  if (login !== undefined && isKnown(login)) wanted.push({ name: login, why: "the user's in /etc/passwd" });
  for (const name of SHELLS) wanted.push({ name });
  for (const { name, why } of wanted) {
    const places = name.startsWith('/') ? [name] : folders.map((folder) => `${folder}/${name}`);
    for (const place of places)
      if (await canRun(programs, place)) {
        const words = place.endsWith('/busybox') ? [place, 'sh'] : [place];
        return { words, why };
      }
  }
  return undefined;
}

function isKnown(program: string): boolean {
  return KNOWN.has(program.slice(program.lastIndexOf('/') + 1)) && !program.includes('\0');
}

/** Returns the value of PATH in an environment, the last one's; docker's where there is none. */
export function pathVariable(env: readonly string[]): string {
  const given = env.findLast((variable) => variable.startsWith('PATH='));
  return given?.slice('PATH='.length) ?? DEFAULT_PATH;
}

/** The absolute folders of PATH, each once, and those where every image has its shell. */
function pathOf(env: readonly string[]): readonly string[] {
  const folders = `${pathVariable(env)}:/bin:/usr/bin`
    .split(':')
    .filter((folder) => /^\/[^\0]*$/.test(folder));
  return [...new Set(folders.map((folder) => folder.replace(/\/+$/, '')))].slice(0, MOST_FOLDERS);
}

function loginShell(user: string, users: UserFiles): string | undefined {
  try {
    const { uid } = findUser(user, users);
    for (const entry of passwdEntries(users.passwd ?? ''))
      if (entry.uid === uid) return entry.shell.startsWith('/') ? entry.shell : undefined;
  } catch (thrown) {
    // Who it is is told when the container is made.
    if (!(thrown instanceof StrataError)) throw thrown;
  }
  return undefined;
}

/** `depth`: a script is run by a program, and that by no other script (execve(2) allows more, no shell needs it). */
async function canRun(programs: Programs, path: string, depth = 0): Promise<boolean> {
  const head = await programs.head(path);
  if (head === undefined || head.length === 0) return false;
  const loading = elfLoading(head);
  if (loading?.kind === 'static') return true;
  if (loading?.kind === 'dynamic')
    return loading.interpreter === undefined || programs.isFile(loading.interpreter);
  const line = /^#![ \t]*([^ \t\n\0]+)/.exec(decodeName(head.subarray(0, 256)));
  return line !== null && depth === 0 && canRun(programs, line[1], depth + 1);
}
