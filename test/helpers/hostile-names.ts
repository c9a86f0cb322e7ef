import { createReadStream, readdirSync } from 'node:fs';
import path from 'node:path';
import { extract } from 'tar-stream';
import { decodeName } from '../../src/model/name.js';
import { corpora } from './corpora.js';

const NAMES = 'hostile/layers/names';

/** Returns the hostile names of the corpus, each once, by a reader that is not ours. */
export async function hostileNames(): Promise<string[]> {
  const folder = path.join(corpora(), NAMES);
  const names: string[] = [];
  for (const file of readdirSync(folder)) names.push(...(await readNames(path.join(folder, file))));
  return [...new Set(names)];
}

/** The names of all members; latin1 keeps every byte of names outside PAX. */
async function readNames(file: string): Promise<string[]> {
  const names: string[] = [];
  // The types do not know filenameEncoding.
  const options: object = { filenameEncoding: 'latin1' };
  const reader = extract(options);
  createReadStream(file).pipe(reader);
  for await (const member of reader) {
    const pax = (member.header as { pax?: Record<string, string> | null }).pax;
    for (const text of (
      [member.header.name, member.header.linkname, member.header.uname] as (string | null | undefined)[]
    ).filter((name) => typeof name === 'string'))
      names.push(
        pax?.path === text || pax?.linkpath === text ? text : decodeName(Buffer.from(text, 'latin1')),
      );
    member.resume();
  }
  return names;
}
