import { type Content, type ContentOptions, readContents } from '../../layers/content.js';
import { resolvePath } from '../../layers/resolve.js';
import type { SnapshotFile } from '../../layers/snapshot-file.js';
import type { Union } from '../../layers/union.js';
import { StrataError } from '../../model/error.js';
import type { ExecutionConfig } from '../../model/image-config.js';
import type { Layer } from '../../model/image.js';
import { decodeName } from '../../model/name.js';
import { DEFAULT_PATH } from '../spec/environment.js';
import type { SnapshotFiles } from '../spec/snapshot-files.js';
import { passwdEntries } from '../spec/user-files.js';
import { findUser } from '../spec/users.js';
import { elfLoading } from './elf-interpreter.js';

/** A shell of a snapshot. */
export interface FoundShell {
  /** Program and arguments that make it one: `/bin/busybox sh`. */
  readonly words: readonly string[];
  /** Why this one, in words for the user; undefined for the first that was there. */
  readonly why: string | undefined;
}

/** Where a shell is looked for. */
export interface SearchedSnapshot {
  readonly union: Union;
  readonly n: number;
  readonly layers: readonly Layer[];
  readonly files: SnapshotFiles;
}

/** Best first. */
const SHELLS = ['bash', 'zsh', 'ash', 'sh', 'busybox'];
/** What a user's login shell, or SHELL of the image, may be for a person who types. */
const KNOWN = new Set([
  ...SHELLS,
  'dash',
  'fish',
  'ksh',
  'mksh',
  'csh',
  'tcsh',
  'yash',
  'elvish',
  'nu',
  'xonsh',
]);

/** Bytes of a program that are looked at. */
const HEAD = 65_536;
const MOST_FOLDERS = 64;

/**
 * Returns the best shell that can run in snapshot `n`: that of the image (SHELL), that of the user's entry in passwd, then
 * bash, zsh, ash, sh and busybox on PATH. Each must be a regular file with the right to execute it, and what it is loaded
 * by must be there too. Undefined when there is none. Reads files, runs nothing.
 */
export async function findShell(
  snapshot: SearchedSnapshot,
  execution: Pick<ExecutionConfig, 'shell' | 'user' | 'env'>,
  { user, ...options }: ContentOptions & { readonly user?: string | undefined },
): Promise<FoundShell | undefined> {
  const folders = pathOf(execution.env);
  const wanted: { readonly name: string; readonly why?: string }[] = [];
  const own = execution.shell.at(0);
  if (own !== undefined && isKnown(own)) wanted.push({ name: own, why: 'SHELL of the image' });
  const login = loginShell(user ?? execution.user, snapshot.files);
  if (login !== undefined && isKnown(login)) wanted.push({ name: login, why: "the user's in /etc/passwd" });
  for (const name of SHELLS) wanted.push({ name });
  for (const { name, why } of wanted) {
    const places = name.startsWith('/') ? [name] : folders.map((folder) => `${folder}/${name}`);
    for (const place of places)
      if (await canRun(snapshot, place, options)) {
        const words = place.endsWith('/busybox') ? [place, 'sh'] : [place];
        return { words, why };
      }
  }
  return undefined;
}

function isKnown(program: string): boolean {
  return KNOWN.has(program.slice(program.lastIndexOf('/') + 1)) && !program.includes('\0');
}

/** The absolute folders of the image's PATH, each once. */
function pathOf(env: readonly string[]): readonly string[] {
  const last = env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  const folders = `${last ?? DEFAULT_PATH}:/bin:/usr/bin`
    .split(':')
    .filter((folder) => /^\/[^\0]*$/.test(folder));
  return [...new Set(folders.map((folder) => folder.replace(/\/+$/, '')))].slice(0, MOST_FOLDERS);
}

function loginShell(user: string, files: SnapshotFiles): string | undefined {
  try {
    const { uid } = findUser(user, files);
    for (const entry of passwdEntries(files.passwd ?? ''))
      if (entry.uid === uid) return entry.shell.startsWith('/') ? entry.shell : undefined;
  } catch (thrown) {
    // Who it is is told when the container is made.
    if (!(thrown instanceof StrataError)) throw thrown;
  }
  return undefined;
}

/** `depth`: a script is run by a program, and that by no other script (execve(2) allows more, no shell needs it). */
async function canRun(
  snapshot: SearchedSnapshot,
  path: string,
  options: ContentOptions,
  depth = 0,
): Promise<boolean> {
  const file = fileBehind(snapshot, path);
  if (file?.kind !== 'file' || file.size === 0 || (file.mode & 0o111) === 0) return false;
  const head = await readHead(snapshot, file, options);
  const loading = elfLoading(head);
  if (loading?.kind === 'static') return true;
  if (loading?.kind === 'dynamic')
    return loading.interpreter === undefined || fileBehind(snapshot, loading.interpreter)?.kind === 'file';
  const line = /^#![ \t]*([^ \t\n\0]+)/.exec(decodeName(head.subarray(0, 256)));
  return line !== null && depth === 0 && canRun(snapshot, line[1], options, depth + 1);
}

function fileBehind({ union, n }: SearchedSnapshot, path: string): SnapshotFile | undefined {
  try {
    return resolvePath(union, n, path);
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return undefined;
    throw thrown;
  }
}

async function readHead(
  { union, layers }: SearchedSnapshot,
  { inode }: SnapshotFile,
  options: ContentOptions,
): Promise<Uint8Array> {
  if (inode === undefined) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const take = async (_row: number, content: Content): Promise<void> => {
    for await (const chunk of content) {
      chunks.push(Uint8Array.from(chunk.subarray(0, HEAD - length)));
      length += chunk.length;
      if (length >= HEAD) return;
    }
  };
  await readContents(layers[inode.layer - 1], union.layers[inode.layer - 1], [inode.row], take, options);
  return Buffer.concat(chunks);
}
