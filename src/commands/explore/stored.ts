import type { StoredRow } from '../../tui/start/stored-row.js';
import type { Context } from '../program/context.js';
import { ownStore } from '../program/own-store.js';
import { rowsOf } from '../image/image-rows.js';
import { compare } from '../flags/sort.js';
import { storedIn } from '../image/stored.js';

/** Returns the images of the store, the latest first; those without a name by their digest. */
export async function storedRows(context: Context): Promise<readonly StoredRow[]> {
  const rows = await rowsOf(await ownStore(context), await storedIn(context));
  return rows
    .sort((a, b) => compare(b.moment, a.moment) || compare(a.name ?? '', b.name ?? ''))
    .map(({ name, repository, tag, digest, created, moment, layers, stored, platform }) => ({
      name:
        name === undefined ? digest : tag === undefined ? (repository ?? name) : `${repository ?? ''}:${tag}`,
      image: `store:${name ?? digest}`,
      layers,
      stored,
      platform,
      created: created === undefined || moment < 0n ? undefined : moment,
    }));
}
