import path from 'node:path';
import { fail } from '../../model/error.js';
import { cleanPath, parseMountTarget } from './mount-target.js';

/** A mount that the user asks for. */
export type UserMount = BindMount | TmpfsMount;

export interface BindMount {
  readonly kind: 'bind';
  /** Absolute path on the host. */
  readonly source: string;
  readonly target: string;
  /** `recursive`: with all that is mounted below the source. */
  readonly readonly: false | 'top' | 'recursive';
  readonly propagation: Propagation;
  /** Whether what is mounted below the source comes along. */
  readonly recursive: boolean;
  readonly noexec: boolean;
}

export interface TmpfsMount {
  readonly kind: 'tmpfs';
  readonly target: string;
  readonly options: readonly string[];
}

export type Propagation = 'private' | 'rprivate' | 'slave' | 'rslave';

const PROPAGATIONS = new Set(['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared']);
/** What docker takes for other systems, or for volumes, and what changes nothing here. */
const WITHOUT_EFFECT = new Set(['cached', 'consistent', 'delegated', 'default', 'nocopy']);

/**
 * Returns the mount that `-v SOURCE:TARGET[:OPTIONS]` says (docker-run(1)). A source beginning with `.` is taken from
 * the absolute `cwd`. Throws E_USAGE, also for volumes: there are none yet.
 */
export function parseVolume(text: string, cwd: string): BindMount {
  const parts = text.split(':');
  const bad = (why: string, hint?: string): never =>
    fail('E_USAGE', `reading -v ${text}: ${why}`, hint === undefined ? {} : { hint });
  if (parts.includes('') || parts.length > 3) bad('it is not SOURCE:TARGET[:OPTIONS]');
  const [source, target, options] = parts as [string, string?, string?];
  if (target === undefined)
    return bad('volumes without a name do not exist yet', 'give a directory of the host, or use --tmpfs');
  if (options === undefined && !target.startsWith('/') && isOptions(target))
    bad('it is not SOURCE:TARGET[:OPTIONS]');
  return {
    kind: 'bind',
    source: parseSource(source, cwd, `-v ${text}`),
    target: parseMountTarget(target, `-v ${text}`),
    ...parseBindOptions(options === undefined ? [] : options.split(','), `-v ${text}`),
  };
}

/** Returns the absolute path of a source. Throws E_USAGE for the name of a volume. */
export function parseSource(text: string, cwd: string, what: string): string {
  if (text.includes('\0')) fail('E_USAGE', `reading ${what}: the source has a NUL`);
  if (text.startsWith('/')) return cleanPath(text);
  if (text === '.' || text === '..' || text.startsWith('./') || text.startsWith('../'))
    return cleanPath(path.posix.join(cwd, text));
  return fail('E_USAGE', `reading ${what}: '${text}' is the name of a volume, and volumes do not exist yet`, {
    hint: `give a directory of the host; one that is here is ./${text}`,
  });
}

type BindOptions = Pick<BindMount, 'readonly' | 'propagation' | 'recursive' | 'noexec'>;

export const BIND_DEFAULTS: BindOptions = {
  readonly: false,
  propagation: 'rprivate',
  recursive: true,
  noexec: false,
};

function isOptions(text: string): boolean {
  return text.split(',').every((word) => ['ro', 'rw', 'z', 'Z'].includes(word) || PROPAGATIONS.has(word));
}

function parseBindOptions(words: readonly string[], what: string): BindOptions {
  let options = BIND_DEFAULTS;
  const seen = new Set<string>();
  for (const word of words) {
    const bad = (why: string): never => fail('E_USAGE', `reading ${what}: ${why}`);
    const once = (kind: string): void => {
      if (seen.has(kind)) bad(`the options '${words.join(',')}' contradict each other`);
      seen.add(kind);
    };
    if (word === 'ro' || word === 'rw') {
      once('mode');
      options = { ...options, readonly: word === 'ro' ? 'top' : false };
    } else if (PROPAGATIONS.has(word)) {
      once('propagation');
      options = { ...options, propagation: parsePropagation(word, what) };
    } else if (word === 'noexec') options = { ...options, noexec: true };
    // SELinux labels, which strata does not set.
    else if (word === 'z' || word === 'Z') once('label');
    else if (WITHOUT_EFFECT.has(word)) once('other');
    // They hold anyway.
    else if (word !== 'nosuid' && word !== 'nodev' && word !== 'rbind') bad(`there is no option '${word}'`);
  }
  return options;
}

/** Returns how mounts below spread. Throws E_USAGE for shared ones: the container's would reach the host. */
export function parsePropagation(word: string, what: string): Propagation {
  switch (word) {
    case 'private':
    case 'rprivate':
    case 'slave':
    case 'rslave':
      return word;
    case 'shared':
    case 'rshared':
      return fail('E_USAGE', `reading ${what}: ${word} would let mounts of the container reach the host`, {
        hint: 'rslave lets those of the host reach the container',
      });
    default:
      return fail('E_USAGE', `reading ${what}: there is no propagation '${word}'`);
  }
}

const TMPFS_FLAGS = new Set(
  'ro rw exec noexec suid nosuid dev nodev atime noatime diratime nodiratime relatime norelatime strictatime sync async'.split(
    ' ',
  ),
);
const TMPFS_VALUES: ReadonlyMap<string, RegExp> = new Map([
  ['size', /^\d{1,18}[kmg%]?$/i],
  ['mode', /^[0-7]{1,4}$/],
  ['uid', /^\d{1,10}$/],
  ['gid', /^\d{1,10}$/],
  ['nr_inodes', /^\d{1,18}[kmg]?$/i],
  ['nr_blocks', /^\d{1,18}[kmg]?$/i],
]);

/** Returns the mount that `--tmpfs TARGET[:OPTIONS]` says; it is noexec, nosuid and nodev unless said otherwise. Throws E_USAGE. */
export function parseTmpfs(text: string): TmpfsMount {
  const at = text.indexOf(':');
  const what = `--tmpfs ${text}`;
  const target = parseMountTarget(at < 0 ? text : text.slice(0, at), what);
  const words =
    at < 0
      ? []
      : text
          .slice(at + 1)
          .split(',')
          .filter((word) => word !== '');
  for (const word of words) {
    const equals = word.indexOf('=');
    const good =
      equals < 0
        ? TMPFS_FLAGS.has(word)
        : (TMPFS_VALUES.get(word.slice(0, equals))?.test(word.slice(equals + 1)) ?? false);
    if (!good) fail('E_USAGE', `reading ${what}: there is no option '${word}'`);
  }
  return { kind: 'tmpfs', target, options: withTmpfsDefaults(words) };
}

export function withTmpfsDefaults(words: readonly string[]): string[] {
  const defaults = ['exec', 'suid', 'dev'].filter((flag) => !words.includes(flag)).map((flag) => `no${flag}`);
  return [...new Set([...defaults, ...words])];
}
