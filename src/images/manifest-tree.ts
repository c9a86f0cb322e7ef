import { createBreather } from '../io/breathe.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import { StrataError } from '../model/error.js';
import { readHead as readConfigHead } from '../model/image-config.js';
import { type DescriptorRole, descriptorRole, readImageIndex } from '../model/image-index.js';
import type { Sibling } from '../model/image.js';
import { createAnomalyLog } from '../model/anomaly.js';
import { classifyDocument, manifestRole, readManifest } from '../model/manifest.js';
import { isImageConfig } from '../model/media-type.js';
import type { Platform } from '../model/platform.js';
import { canonicalName, isDistributionName, isTagAlone } from '../model/distribution-name.js';
import type { BlobSource } from './assemble.js';
import type { OpenContext } from './context.js';
import { type Document, readBlobJson } from './files.js';

/** A manifest or index that a source holds, with every name it goes by. */
export interface ManifestNode {
  readonly descriptor: Descriptor;
  readonly role: DescriptorRole;
  readonly tags: readonly string[];
  /** Its places among the entries of the top index, from 0, ascending; those of its ancestor when nested. */
  readonly places: readonly number[];
  readonly present: boolean;
  /** False when its document was not read, or could not be: then the role is only what the index says. */
  readonly read: boolean;
  readonly platform: Platform | undefined;
  /** For an index: what it lists. */
  readonly children: readonly ManifestNode[];
}

/** Manifests and indexes of one source at most: each costs a read of up to the JSON limit. */
const DOCUMENTS_MAX = 10_000;

/** OCI image-spec 1.1 annotations.md; and what Docker and containerd write into the layouts they save. */
const NAME_ANNOTATIONS = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

/** Returns the names a descriptor of the top index goes by; one that it has in two spellings once, as it is chosen by. */
function tagsOf(descriptor: Descriptor): readonly string[] {
  const [tag, name] = NAME_ANNOTATIONS.map((key) => descriptor.annotations.get(key));
  if (tag !== undefined && name !== undefined && tagMatches(tag, name)) return [tag];
  return [...new Set([name ?? '', tag ?? ''])].filter((text) => text !== '');
}

/** True when a tag asked for is this one; full names match in every spelling of theirs. */
export function tagMatches(tag: string, asked: string): boolean {
  if (tag === asked) return true;
  return (
    !isTagAlone(tag) &&
    isDistributionName(tag) &&
    isDistributionName(asked) &&
    canonicalName(tag) === canonicalName(asked)
  );
}

/** Reads the tree of manifests below the entries of an index. Keeps what it learnt, so that no digest is read twice. */
export interface TreeReader {
  /** Returns the document of a descriptor, verified. */
  document(descriptor: Descriptor): Promise<Document>;
  /**
   * Returns the entries of the top index as trees; the same digest under two names becomes one. Entries that are not
   * wanted are not read: of them only what the index says is known.
   */
  trees(
    entries: readonly Descriptor[],
    wanted?: (entry: Pick<ManifestNode, 'tags' | 'places'>) => boolean,
  ): Promise<readonly ManifestNode[]>;
}

/** What is remembered of a document: never the document itself, so memory does not grow with their bytes. */
interface Learnt {
  readonly role: DescriptorRole;
  readonly platform: Platform | undefined;
  readonly children: readonly ManifestNode[];
}

export function createTreeReader(source: BlobSource, context: OpenContext): TreeReader {
  const { limits } = context;
  const manifestPath = source.manifestPathOf ?? source.pathOf;
  const known = new Map<Digest, Learnt>();
  const breathe = createBreather(context.signal);
  let documents = 0;
  /** The error that ends it all, however deep it was met; any other only ends the document it is about. */
  let fatal: StrataError | undefined;

  const giveUp = (why: string): never => {
    fatal = new StrataError('E_LIMIT', `reading ${source.files.name}: ${why}`);
    throw fatal;
  };

  const document = async (descriptor: Descriptor): Promise<Document> => {
    await breathe(descriptor.size);
    if (++documents > DOCUMENTS_MAX) giveUp(`more than ${DOCUMENTS_MAX} manifests`);
    return readBlobJson(
      source.files,
      manifestPath(descriptor.digest),
      descriptor,
      'manifest',
      limits,
      'E_MANIFEST',
    );
  };

  const isPresent = async (descriptor: Descriptor): Promise<boolean> =>
    (await source.files.find(manifestPath(descriptor.digest))) !== undefined;

  const learn = async (
    descriptor: Descriptor,
    role: DescriptorRole,
    depth: number,
    places: readonly number[],
  ): Promise<Learnt> => {
    const before = known.get(descriptor.digest);
    if (before !== undefined) return before;
    const learnt =
      role === 'index'
        ? await learnIndex(descriptor, depth, places)
        : role === 'image'
          ? await learnManifest(descriptor, depth, places)
          : { role, platform: descriptor.platform, children: [] };
    known.set(descriptor.digest, learnt);
    return learnt;
  };

  const learnIndex = async (
    descriptor: Descriptor,
    depth: number,
    places: readonly number[],
  ): Promise<Learnt> => {
    if (depth > limits.indexDepth) giveUp(`image indexes nested deeper than ${limits.indexDepth}`);
    const { root } = await document(descriptor);
    const index = readImageIndex(root, descriptor.mediaType, context.anomalies);
    if (index.artifactType !== undefined && !isImageConfig(index.artifactType))
      return { role: 'artifact', platform: undefined, children: [] };
    // A digest cannot contain itself; this stops on indexes that lie about their own.
    known.set(descriptor.digest, { role: 'index', platform: undefined, children: [] });
    const children: ManifestNode[] = [];
    for (const child of index.manifests) children.push(await nodeOf(child, depth + 1, places, []));
    return { role: 'index', platform: undefined, children };
  };

  /** Reads a manifest only as far as is needed to know what it is for; its oddities are recorded when it is opened. */
  const learnManifest = async (
    descriptor: Descriptor,
    depth: number,
    places: readonly number[],
  ): Promise<Learnt> => {
    const quiet = createAnomalyLog();
    const { root } = await document(descriptor);
    const kind = classifyDocument(root, descriptor.mediaType, quiet);
    if (kind === 'index') return learnIndex(descriptor, depth, places);
    if (kind === 'schema1') return { role: 'image', platform: descriptor.platform, children: [] };
    const manifest = readManifest(root, descriptor.mediaType, limits, quiet);
    const role = manifestRole(manifest);
    if (role !== 'image' || descriptor.platform !== undefined)
      return { role, platform: descriptor.platform, children: [] };
    const { config } = manifest;
    await breathe(config.size);
    const read = await readBlobJson(
      source.files,
      source.pathOf(config.digest),
      config,
      'image configuration',
      limits,
      'E_CONFIG',
    );
    const { os, architecture, variant } = readConfigHead(read.root, quiet);
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    return { role, platform: os === '' && architecture === '' ? undefined : platform, children: [] };
  };

  const nodeOf = async (
    descriptor: Descriptor,
    depth: number,
    places: readonly number[],
    tags: readonly string[],
    wanted = true,
  ): Promise<ManifestNode> => {
    const role = descriptorRole(descriptor);
    const node = { descriptor, tags, places, present: await isPresent(descriptor) };
    const unread = { ...node, role, read: false, platform: descriptor.platform, children: [] };
    if (!node.present || !wanted) return unread;
    try {
      return { ...node, read: true, ...(await learn(descriptor, role, depth, places)) };
    } catch (thrown) {
      // What is damaged is only an error when it is the one to open.
      if (fatal === undefined && thrown instanceof StrataError && thrown.code !== 'E_INTERRUPTED')
        return unread;
      throw fatal ?? thrown;
    }
  };

  return {
    document,
    async trees(entries, wanted = () => true) {
      const nodes: ManifestNode[] = [];
      for (const { descriptor, places, tags } of mergeEntries(entries))
        nodes.push(await nodeOf(descriptor, 1, places, tags, wanted({ tags, places })));
      return nodes;
    },
  };
}

interface MergedEntry {
  readonly descriptor: Descriptor;
  readonly places: number[];
  readonly tags: Set<string>;
}

function mergeEntries(
  entries: readonly Descriptor[],
): readonly Pick<ManifestNode, 'descriptor' | 'places' | 'tags'>[] {
  const byDigest = new Map<Digest, MergedEntry>();
  for (const [place, descriptor] of entries.entries()) {
    const entry = byDigest.get(descriptor.digest) ?? { descriptor, places: [], tags: new Set<string>() };
    byDigest.set(descriptor.digest, entry);
    entry.places.push(place);
    for (const tag of tagsOf(descriptor)) entry.tags.add(tag);
  }
  return [...byDigest.values()].map(({ descriptor, places, tags }) => ({
    descriptor,
    places,
    tags: [...tags],
  }));
}

/** Returns the node and all below it, each digest once. */
export function flattenTree(nodes: readonly ManifestNode[]): readonly ManifestNode[] {
  const seen = new Map<Digest, ManifestNode>();
  const visit = (node: ManifestNode): void => {
    if (seen.has(node.descriptor.digest)) return;
    seen.set(node.descriptor.digest, node);
    for (const child of node.children) visit(child);
  };
  for (const node of nodes) visit(node);
  return [...seen.values()];
}

export function toSibling(node: ManifestNode): Sibling {
  const { descriptor, platform, tags, present } = node;
  // Most artifacts look like images until they are read; a stated platform is a promise to be one.
  const role = node.role === 'image' && !node.read && platform === undefined ? 'unknown' : node.role;
  return { descriptor, role, platform, tags, present };
}
