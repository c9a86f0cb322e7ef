import { type Digest, isDigest } from '../model/digest.js';
import { StrataError } from '../model/error.js';
import { DEFAULT_LIMITS } from '../model/limits.js';
import { blobSize, readBlob } from './blob.js';
import { isObject, type JsonObject } from './ref.js';
import type { Store } from './store.js';

/** What stands between a reference and a whole image. */
export interface ReachProblem {
  readonly code:
    'blob-missing' | 'blob-size' | 'blob-digest' | 'blob-unreadable' | 'manifest-invalid' | 'platform-absent';
  readonly digest: Digest;
  readonly detail: string;
}

export interface Reach {
  /** Every digest that the documents reached mention, and the roots; whether stored or not. */
  readonly digests: ReadonlySet<Digest>;
  readonly problems: readonly ReachProblem[];
  /** False when a document could not be read, so that there may be more than `digests`. */
  readonly complete: boolean;
}

/** A manifest or index to start from, as a descriptor names it. */
export interface Root {
  readonly digest: Digest;
  readonly size: number;
}

interface Step extends Root {
  readonly depth: number;
  /** A manifest of an index may be absent: an index is stored with those platforms that were asked for. */
  readonly optional: boolean;
}

interface Link extends Root {
  readonly role: 'manifest' | 'subject' | 'config' | 'layer';
  /** Foreign layers are never stored. */
  readonly elsewhere: boolean;
}

/**
 * Follows the references and returns what they reach. Each document is read once and verified; nothing is thrown for
 * what is missing or damaged. Everything that looks like a digest counts as reached, also in documents of kinds that
 * strata does not know: `prune` must rather keep too much. Throws E_STORE when the disk cannot be read.
 */
export async function reach(store: Store, roots: Iterable<Root>): Promise<Reach> {
  const digests = new Set<Digest>();
  const followed = new Set<Digest>();
  const problems: ReachProblem[] = [];
  let complete = true;
  const steps: Step[] = Array.from(roots, ({ digest, size }) => ({
    digest,
    size,
    depth: 0,
    optional: false,
  }));
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { digest, size, depth } = step;
    digests.add(digest);
    if (followed.has(digest)) continue;
    followed.add(digest);
    const stored = await blobSize(store, digest);
    if (stored === undefined) {
      if (!step.optional) complete = false;
      problems.push(
        step.optional
          ? { code: 'platform-absent', digest, detail: 'the manifest of another platform is not stored' }
          : { code: 'blob-missing', digest, detail: 'the manifest is not stored' },
      );
      continue;
    }
    if (stored !== size) problems.push(wrongSize(digest, stored, size));
    const document = await readDocument(store, digest, problems);
    if (document === undefined) {
      complete = false;
      continue;
    }
    for (const mentioned of mentionedDigests(document)) digests.add(mentioned);
    const links = linksOf(document);
    if (await isHollow(store, links))
      problems.push({
        code: 'blob-missing',
        digest,
        detail: 'none of the manifests of this index is stored',
      });
    for (const link of links) {
      const follow = link.role === 'manifest' || link.role === 'subject';
      if (!follow) await checkLeaf(store, link, digest, problems);
      else if (depth + 1 > DEFAULT_LIMITS.indexDepth) {
        complete = false;
        problems.push({ code: 'manifest-invalid', digest, detail: 'indexes are nested too deeply' });
      } else steps.push({ digest: link.digest, size: link.size, depth: depth + 1, optional: true });
    }
  }
  return { digests, problems, complete };
}

async function readDocument(
  store: Store,
  digest: Digest,
  problems: ReachProblem[],
): Promise<JsonObject | undefined> {
  try {
    const bytes = await readBlob(store, digest, DEFAULT_LIMITS.json);
    const json: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (isObject(json)) return json;
    problems.push({ code: 'manifest-invalid', digest, detail: 'the manifest is not a JSON object' });
  } catch (thrown) {
    problems.push({ ...whyUnread(thrown), digest });
  }
  return undefined;
}

function whyUnread(thrown: unknown): Pick<ReachProblem, 'code' | 'detail'> {
  switch (thrown instanceof StrataError ? thrown.code : undefined) {
    case 'E_STORE':
      throw thrown;
    case 'E_STORE_DAMAGED':
      return { code: 'blob-digest', detail: 'the manifest does not have its digest' };
    case 'E_UNREADABLE':
      return { code: 'blob-unreadable', detail: 'the manifest must not be read by you' };
    default:
      return { code: 'manifest-invalid', detail: 'the manifest cannot be read as JSON' };
  }
}

/** An index of which no manifest at all is stored. */
async function isHollow(store: Store, links: readonly Link[]): Promise<boolean> {
  const manifests = links.filter((link) => link.role === 'manifest');
  for (const { digest } of manifests) if ((await blobSize(store, digest)) !== undefined) return false;
  return manifests.length > 0;
}

async function checkLeaf(store: Store, link: Link, by: Digest, problems: ReachProblem[]): Promise<void> {
  const stored = await blobSize(store, link.digest);
  if (stored === undefined) {
    if (!link.elsewhere)
      problems.push({
        code: 'blob-missing',
        digest: link.digest,
        detail: `the ${link.role} of manifest ${by} is not stored`,
      });
  } else if (stored !== link.size) problems.push(wrongSize(link.digest, stored, link.size));
}

function wrongSize(digest: Digest, stored: number, promised: number): ReachProblem {
  return { code: 'blob-size', digest, detail: `it has ${stored} bytes, its descriptor says ${promised}` };
}

/** The descriptors of an OCI manifest or index (image-spec 1.1), or of Docker's v2s2 forms, which have the same keys. */
function linksOf(document: JsonObject): readonly Link[] {
  return [
    ...linksAt(document.manifests, 'manifest'),
    ...linksAt([document.subject], 'subject'),
    ...linksAt([document.config], 'config'),
    ...linksAt(document.layers, 'layer'),
  ];
}

function linksAt(value: unknown, role: Link['role']): readonly Link[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isObject(item) || !isDigest(item.digest) || typeof item.size !== 'number') return [];
    const mediaType = typeof item.mediaType === 'string' ? item.mediaType : '';
    const elsewhere =
      /nondistributable|foreign/.test(mediaType) || (Array.isArray(item.urls) && item.urls.length > 0);
    return [{ role, digest: item.digest, size: item.size, elsewhere }];
  });
}

/** Every string in the document that is a digest, wherever it stands. */
function* mentionedDigests(document: unknown): Iterable<Digest> {
  const open: unknown[] = [document];
  while (open.length > 0) {
    const value = open.pop();
    if (isDigest(value)) yield value;
    else if (Array.isArray(value)) for (const item of value as readonly unknown[]) open.push(item);
    else if (isObject(value)) for (const item of Object.values(value)) open.push(item);
  }
}
