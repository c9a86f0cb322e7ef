import path from 'node:path';
import { type Digest, isDigest } from '../model/digest.js';
import { LAYOUT_FILE, QUARANTINE, REFS } from './layout-names.js';
import { namesIn } from './names-in.js';
import { reach } from './reach.js';
import { readRefs } from './refs.js';
import type { Store } from './store.js';

/** What the references of a store need, and whether that is all that anybody may need. */
export interface Needed {
  readonly digests: ReadonlySet<Digest>;
  /** Why blobs that are not among `digests` may be needed as well, and what to do; undefined when none can be. */
  readonly uncertain: string | undefined;
}

/**
 * Returns what the references of the store need. Of what a repair put aside, a blob counts only where a document names it as
 * one to be followed: whatever else has lost its last name needs nothing, nor does a former state of index.json. An
 * index.json may have had names that no other has, and of a container it is not known what it needs. Throws E_STORE,
 * E_STORE_DAMAGED.
 */
export async function neededBlobs(store: Store): Promise<Needed> {
  const { digests, problems, complete } = await reach(store, await readRefs(store));
  const folder = path.join(store.paths.root, QUARANTINE);
  const aside = namesIn(folder);
  const blobs = new Set(aside.map(blobAside));
  const lost = problems.find(({ code, digest }) => code === 'platform-absent' && blobs.has(digest));
  if (!complete || lost !== undefined)
    return {
      digests,
      uncertain:
        'a manifest that an image needs is missing, damaged or not to be read, so what else the image needs is not known: `strata fsck` names both; copy the image into the store again, or remove it with `strata rmi`',
    };
  const opaque = aside.filter(
    (name) =>
      blobAside(name) === undefined && !name.startsWith(`${REFS}-`) && !name.startsWith(`${LAYOUT_FILE}.`),
  );
  if (opaque.length > 0)
    return {
      digests,
      uncertain: `a repair put aside or replaced what may need more than is known: ${opaque.join(', ')} in ${folder}; once \`strata images\` and \`strata ps -a\` show all that you want to keep, and what runs of it has ended, delete it`,
    };
  return { digests, uncertain: undefined };
}

/** Returns which blob it is that `quarantine` of fsck-run.ts gave this name, undefined when it is something else. */
function blobAside(name: string): Digest | undefined {
  const match = /^blobs-(sha\d+)-([0-9a-f]+)\.[0-9a-f]{8}$/.exec(name);
  const digest = match === null ? '' : `${match[1]}:${match[2]}`;
  return isDigest(digest) ? digest : undefined;
}
