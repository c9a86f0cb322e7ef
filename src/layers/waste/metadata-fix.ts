import { FACET } from '../union/facets.js';
import type { Keyword } from '../history/instruction.js';
import type { CopiedMetadata } from './copied-metadata.js';

/** What is known of copies that got another owner or mode. */
export interface Changed {
  /** Where the files were made, and where they were copied: `layer 5`. */
  readonly made: string;
  readonly hid: string;
  /** The instruction that made them. */
  readonly keyword: Keyword | undefined;
  /** What the RUN that copied them ran; '' when it was none. */
  readonly command: string;
  readonly copied: CopiedMetadata;
}

/**
 * Returns how the files get their owner and mode where they are made: both when both changed, or the other would copy them
 * still. Owner and mode are those of the copies; a name of an owner is taken from the command when it holds one only.
 */
export function ownerModeFix({ made, hid, keyword, command, copied }: Changed): string {
  const owner = (copied.facets & FACET.owner) !== 0;
  const mode = (copied.facets & FACET.mode) !== 0;
  const tools = [...(owner ? ['chown'] : []), ...(mode ? ['chmod'] : [])];
  if (keyword === 'RUN') {
    const others = [...(owner ? ['run it as that USER'] : []), ...(mode ? ['under the right umask'] : [])];
    return `${tools.join(' and ')} in the RUN of ${made} that makes the files (one RUN), or ${others.join(' ')}`;
  }
  const flags = [
    ...(owner ? [`--chown=${ownerOf(command, copied)}`] : []),
    ...(mode ? [`--chmod=${modeOf(copied)}`] : []),
  ].join(' ');
  if (keyword === 'COPY' || keyword === 'ADD') {
    const without = tools.length === 2 ? 'neither chown nor chmod' : `no ${tools[0]}`;
    return `${keyword} ${flags} in ${made}, and ${without} in ${hid}${owner ? '' : '; or set the mode in the source tree'}`;
  }
  const what = [...(owner ? ['owner'] : []), ...(mode ? ['mode'] : [])].join(' and ');
  return `give the files their ${what} in ${made}, which stores them (COPY ${flags}), not in ${hid}`;
}

const OWNER = /\bchown[ \t]+(?:-{1,2}[A-Za-z-]+[ \t]+)*([A-Za-z0-9_][\w.-]{0,31}(?::[\w.-]{0,32})?)(?=\s)/;

function ownerOf(command: string, { uid, gid }: CopiedMetadata): string {
  const known = uid >= 0 && gid >= 0;
  const said = command.split(/\bchown\b/, 3).length === 2 ? OWNER.exec(command)?.[1] : undefined;
  if (said !== undefined && known && fits(said, uid, gid)) return said;
  return known ? `${uid}:${gid}` : 'USER:GROUP';
}

/** Whether the owner that a chown names can be that of the copies; what id a name other than root has is not looked up. */
function fits(owner: string, uid: number, gid: number): boolean {
  const [user, group = ''] = owner.split(':');
  return isId(user, uid) && (group === '' || isId(group, gid));
}

function isId(name: string, id: number): boolean {
  if (/^\d+$/.test(name)) return Number(name) === id;
  return (name === 'root') === (id === 0);
}

function modeOf({ mode }: CopiedMetadata): string {
  return mode < 0 ? 'MODE' : mode.toString(8).padStart(3, '0');
}
