import { fail } from '../../model/error.js';
import type { Located } from './locate.js';

/** `node`: a device, pipe or socket; `file`: all else that is no directory. */
export type EndKind = 'directory' | 'file' | 'node';

/** What is at one end of a copy. */
export interface CopyEnd extends Pick<Located, 'wantsDirectory' | 'contents'> {
  /** For messages. */
  readonly shown: string;
  readonly kind: EndKind | undefined;
}

/** `as`: DEST is what SRC is; `into`: DEST has it in it; `contents`: DEST has in it what SRC has in it. */
export type CopyForm = 'as' | 'into' | 'contents';

/** Returns what is copied where, by the rules of `docker cp`. Throws E_NOT_FOUND and E_EXISTS. */
export function copyForm(source: CopyEnd, target: CopyEnd): CopyForm {
  if (source.kind === undefined) fail('E_NOT_FOUND', `copying ${source.shown}: there is no such file`);
  if (source.kind !== 'directory' && source.wantsDirectory)
    fail('E_NOT_FOUND', `copying ${source.shown}: it is no directory`);
  switch (target.kind) {
    case 'directory':
      return source.kind === 'directory' && source.contents ? 'contents' : 'into';
    case 'node':
      // As with docker: whoever names a device does not mean that it is to go.
      return fail(
        'E_EXISTS',
        `copying ${source.shown} to ${target.shown}: that is a device, pipe or socket`,
        { hint: 'name a file or a directory; with - for DEST standard output gets a tar' },
      );
    case 'file':
      if (source.kind === 'directory')
        fail('E_EXISTS', `copying the directory ${source.shown} to ${target.shown}: that is no directory`);
      if (target.wantsDirectory)
        fail('E_EXISTS', `copying ${source.shown} to ${target.shown}: that is no directory`);
      return 'as';
    case undefined:
      if (source.kind !== 'directory' && target.wantsDirectory)
        fail('E_NOT_FOUND', `copying ${source.shown} to ${target.shown}: there is no such directory`, {
          hint: 'make it first',
        });
      return 'as';
  }
}
