import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { textIfAny } from '../../store/if-any.js';
import { findProgram } from '../engine/find-engine.js';
import { freeRange, type IdRange, type NamedUser, rangesOf, rangesPrinted } from './subordinate-ids.js';

/** What an administrator gave to the user of this process, and the line that gives something where there is nothing. */
export interface OwnRanges {
  readonly user: NamedUser;
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
  /** A command for root. */
  readonly remedy: string;
}

const FILES = { uids: '/etc/subuid', gids: '/etc/subgid' } as const;

/** Returns the ranges of subordinate ids of this user: those of the files, else those that other databases have. */
export function readOwnRanges(): OwnRanges {
  const user = ownUser();
  const texts = { uids: textIfAny(FILES.uids), gids: textIfAny(FILES.gids) };
  const { first, count } = freeRange(texts.uids, texts.gids);
  const range = `${String(first)}-${String(first + count - 1)}`;
  return {
    user,
    uids: rangesOr(rangesOf(texts.uids, user), user, []),
    gids: rangesOr(rangesOf(texts.gids, user), user, ['-g']),
    remedy: `usermod --add-subuids ${range} --add-subgids ${range} ${user.name ?? `'#${String(user.uid)}'`}`,
  };
}

/** nsswitch.conf may name a directory service for them, which only that program asks. */
function rangesOr(
  found: readonly IdRange[],
  { name }: NamedUser,
  option: readonly string[],
): readonly IdRange[] {
  const program = found.length > 0 || name === undefined ? undefined : findProgram('getsubids');
  if (program === undefined || name === undefined) return found;
  const { stdout } = spawnSync(program, [...option, name], { encoding: 'utf8', timeout: 5000 });
  return rangesPrinted(stdout);
}

function ownUser(): NamedUser {
  const uid = process.getuid?.() ?? -1;
  try {
    return { uid, name: userInfo().username };
  } catch {
    return { uid, name: undefined };
  }
}
