import type { StoredImage } from '../../images/stored.js';
import { canonicalName, familiarName, readDistributionName } from '../../model/distribution-name.js';
import { formatPlatform } from '../../model/platform.js';
import { type Image, storedBytes } from '../../model/image.js';
import type { ImageRow } from '../../report/images.js';
import { parseTime } from '../../report/time.js';
import { recallBlob } from '../../store/blob-facts.js';
import { isObject } from '../../store/ref.js';
import type { Store } from '../../store/store.js';

/** A row with what is only filtered and sorted by. */
export interface ListedRow extends ImageRow {
  /** As index.json has it. */
  readonly name: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
  /** Nanoseconds since 1970; before all others when it is not said. */
  readonly moment: bigint;
  readonly problem: Error | undefined;
}

/** Returns a row for each name of the images. */
export async function rowsOf(store: Store, images: readonly StoredImage[]): Promise<ListedRow[]> {
  const rows: ListedRow[] = [];
  for (const { digest, id, names, image, problem } of images) {
    const plain = image === undefined ? undefined : await plainBytes(store, image);
    const created = image?.config.created;
    for (const name of names)
      rows.push({
        ...nameParts(name),
        name,
        digest,
        id,
        created,
        moment: (created === undefined ? undefined : parseTime(created)) ?? -(2n ** 63n),
        layers: image?.layers.length,
        platform: image?.platform && formatPlatform(image.platform),
        stored: image && storedBytes(image.layers),
        plain,
        labels: image?.config.execution.labels ?? new Map(),
        problem,
      });
  }
  return rows;
}

/** What reading the layers once has found; undefined unless all were read. */
async function plainBytes(store: Store, { layers }: Image): Promise<number | undefined> {
  let sum = 0;
  for (const { digest, size, content } of layers) {
    if (content.kind === 'blob' && content.compression === 'none') {
      sum += size ?? 0;
      continue;
    }
    const facts = digest === undefined ? undefined : await recallBlob(store, digest);
    if (!isObject(facts) || typeof facts.plainBytes !== 'number') return undefined;
    sum += facts.plainBytes;
  }
  return sum;
}

function nameParts(name: string | undefined): Pick<ImageRow, 'repository' | 'tag'> {
  if (name === undefined) return { repository: undefined, tag: undefined };
  const parsed = readDistributionName(canonicalName(name));
  if ('why' in parsed) return { repository: name, tag: undefined };
  const short = familiarName(name);
  return { repository: short.slice(0, short.length - (parsed.tag ?? '').length - 1), tag: parsed.tag };
}

/** Returns a row as JSON has it. */
export function imageRowJson(row: ListedRow): object {
  const { name, repository, tag, digest, id, created, layers, platform, stored, plain, problem } = row;
  return {
    name: name ?? null,
    repository: repository ?? null,
    tag: tag ?? null,
    digest,
    id: id ?? null,
    created: created ?? null,
    layers: layers ?? null,
    platform: platform ?? null,
    size: { stored: stored ?? null, plain: plain ?? null },
    problem: problem?.message ?? null,
  };
}
