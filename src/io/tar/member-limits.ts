import { fail } from '../../model/error.js';
import { limitHint, type Limits } from '../../model/limits.js';
import { createPathComponents, splitComponents } from '../../model/path.js';
import type { TarMember } from '../../model/tar-member.js';

/**
 * Throws E_LIMIT when the member is the `entries`th and `limits.entries` are fewer, its cleaned path is longer than `limits.path`, a component of it longer than
 * `limits.name`, or a link target longer than `limits.path`: no file system could hold it.
 */
export function checkMember(member: TarMember, entries: number, limits: Limits): void {
  const { name, linkName } = member;
  if (linkName.length > limits.path)
    fail(
      'E_LIMIT',
      `reading the tar header at byte ${member.headerOffset}: a link target of ${linkName.length} bytes, more than ${limits.path}`,
      { hint: limitHint('path') },
    );
  if (name.length > limits.name || name.length > limits.path) checkPath(member, limits);
  if (entries > limits.entries)
    fail(
      'E_LIMIT',
      `reading the tar header at byte ${member.headerOffset}: more than ${limits.entries} members`,
      { hint: limitHint('entries') },
    );
}

function checkPath({ name, headerOffset }: TarMember, limits: Limits): void {
  const parts = createPathComponents();
  splitComponents(name, parts);
  let length = 0;
  for (let i = 0; i < parts.count; i++) {
    const size = parts.ranges[2 * i + 1] - parts.ranges[2 * i];
    if (size > limits.name)
      fail(
        'E_LIMIT',
        `reading the tar header at byte ${headerOffset}: a name of ${size} bytes, more than ${limits.name}`,
        { hint: limitHint('name') },
      );
    length += size + (i > 0 ? 1 : 0);
  }
  if (length > limits.path)
    fail(
      'E_LIMIT',
      `reading the tar header at byte ${headerOffset}: a path of ${length} bytes, more than ${limits.path}`,
      { hint: limitHint('path') },
    );
}
