import { type Digest, isDigest } from './digest.js';
import { parseDistributionName, readDistributionName } from './distribution-name.js';
import { fail } from './error.js';
import type { Transport } from './image.js';
import { type SnapshotSelector, splitSnapshot } from './snapshot.js';

/** Which image of a source that holds several. */
export type ImageSelector =
  /** A tag: `RepoTags` of a docker-archive, `org.opencontainers.image.ref.name` of an OCI layout. */
  | { readonly kind: 'tag'; readonly tag: string }
  /** `@N`: the image at that place of manifest.json or index.json, from 0 (containers-transports(5)). */
  | { readonly kind: 'index'; readonly index: number }
  /** The digest of a manifest, at any depth of the index. */
  | { readonly kind: 'digest'; readonly digest: Digest };

/** The parsed name of an image, and of one snapshot of it. */
export interface Reference {
  /** As it was given. */
  readonly text: string;
  /** `path`: a path of no stated kind, to be sniffed. `name`: a bare word that is no path. */
  readonly transport: Transport | 'path' | 'name';
  /** A path, `-` for standard input, or the name in the store. */
  readonly target: string;
  readonly selector: ImageSelector | undefined;
  /** Undefined: the whole image. */
  readonly snapshot: SnapshotSelector | undefined;
}

/** Answers whether a path exists; asked only to tell a name from a path and a colon in a path from a separator. */
export type PathExists = (path: string) => boolean;

const TRANSPORTS: readonly Transport[] = ['docker-archive', 'oci', 'oci-archive', 'dir', 'rootfs', 'store'];
/** These name a tree of files: nothing to select from. */
const WITHOUT_SELECTOR: ReadonlySet<string> = new Set(['dir', 'rootfs']);

const NOT_YET = new Map<string, (rest: string) => string>([
  ['docker://', (rest) => `fetch it first: skopeo copy docker://${rest} oci-archive:image.tar`],
  ['registry://', (rest) => `fetch it first: skopeo copy docker://${rest} oci-archive:image.tar`],
  ['docker-daemon:', (rest) => `pipe it: docker save ${rest} | strata -`],
  ['podman:', (rest) => `pipe it: podman save ${rest} | strata -`],
  [
    'containers-storage:',
    (rest) => `copy it first: skopeo copy containers-storage:${rest} oci-archive:image.tar`,
  ],
]);

/**
 * Parses `IMAGE[@N]` with IMAGE as in containers-transports(5): `docker-archive:FILE[:TAG|:@INDEX]`, `oci:DIR[:TAG]`,
 * `oci-archive:FILE[:TAG]`, `dir:DIR`, `rootfs:DIR_OR_TAR`, `store:NAME`, `-` for standard input (also as FILE), a path,
 * or a bare name.
 *
 * An existing file always wins: over a transport, over a selector, over a snapshot suffix. Where a path and a selector
 * could be split at several colons, the longest existing path is taken, and without any the first colon. `@N` directly
 * after a colon is the source index of containers-transports(5), any other final `@N` a snapshot; `app.tar:@0@3` has
 * both. In names, a digest of full length belongs to the name (`nginx@sha256:<64 hex>`), a shorter one is a layer's.
 *
 * Throws E_REFERENCE, and E_USAGE for transports strata does not have yet.
 */
export function parseReference(text: string, exists: PathExists): Reference {
  if (text === '') fail('E_REFERENCE', 'reading the name of the image: it is empty');
  if (text.includes('\0')) fail('E_REFERENCE', `reading image name '${text}': it holds a NUL byte`);
  if (text !== '-' && exists(text)) return pathReference(text, 'path', text, undefined);
  for (const [prefix, advice] of NOT_YET) {
    if (!text.startsWith(prefix)) continue;
    const rest = text.slice(prefix.length);
    fail('E_USAGE', `opening '${text}': strata does not read ${prefix} yet`, {
      hint: advice(rest || 'IMAGE'),
    });
  }
  const transport = TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) return parseBare(text, exists);
  const rest = text.slice(transport.length + 1);
  if (rest === '')
    fail('E_REFERENCE', `reading image name '${text}': nothing follows '${transport}:'`, {
      hint: transport === 'store' ? 'write store:NAME' : `write ${transport}:PATH`,
    });
  return transport === 'store'
    ? nameReference(text, 'store', rest)
    : parsePath(text, transport, rest, exists);
}

/** True when a bare word can only be meant as a path. */
function looksLikePath(text: string): boolean {
  return /^(?:\/|\.\.?(?:\/|$))/.test(text);
}

function parseBare(text: string, exists: PathExists): Reference {
  if (/^-(?:$|[@:])/.test(text) || looksLikePath(text)) return parsePath(text, 'path', text, exists);
  const image = splitSnapshot(text)?.image ?? text;
  if (exists(image) || colons(image).some((at) => exists(image.slice(0, at))))
    return parsePath(text, 'path', text, exists);
  return nameReference(text, 'name', text);
}

function nameReference(text: string, transport: 'store' | 'name', rest: string): Reference {
  const whole = readDistributionName(rest);
  const split = 'why' in whole && !isDigest(rest) ? splitSnapshot(rest) : undefined;
  const target = split?.image ?? rest;
  // An image ID or a digest is as good a name in the store.
  if (!isDigest(target) && !/^[0-9a-f]{64}$/.test(target)) parseDistributionName(target);
  return { text, transport, target, selector: undefined, snapshot: split?.snapshot };
}

function parsePath(
  text: string,
  transport: Reference['transport'],
  rest: string,
  exists: PathExists,
): Reference {
  if (rest !== '-' && exists(rest)) return pathReference(text, transport, rest, undefined);
  const split = splitSnapshot(rest);
  const image = split?.image ?? rest;
  const snapshot = split?.snapshot;
  if (WITHOUT_SELECTOR.has(transport) || exists(image))
    return pathReference(text, transport, image, snapshot);
  const places = image.startsWith('-:') ? [1] : colons(image);
  if (places.length === 0) return pathReference(text, transport, image, snapshot);
  const at = places.findLast((place) => exists(image.slice(0, place))) ?? places[0];
  return {
    text,
    transport,
    target: image.slice(0, at),
    selector: parseSelector(text, image.slice(at + 1), transport),
    snapshot,
  };
}

function pathReference(
  text: string,
  transport: Reference['transport'],
  target: string,
  snapshot: SnapshotSelector | undefined,
): Reference {
  return { text, transport, target, selector: undefined, snapshot };
}

/** How many colons of one name are tried as the end of a path: each may cost a look at the file system. */
const COLONS_MAX = 64;

/** Where a path could end: every colon but one in front. */
function colons(text: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(':', 1); at !== -1 && places.length < COLONS_MAX; at = text.indexOf(':', at + 1))
    places.push(at);
  return places;
}

function parseSelector(text: string, selector: string, transport: Reference['transport']): ImageSelector {
  if (selector === '')
    fail('E_REFERENCE', `reading image name '${text}': nothing follows the last colon`, {
      hint: 'leave the colon out, or write a tag or @INDEX behind it',
    });
  const index = /^@([0-9]{1,9})$/.exec(selector);
  if (index !== null) return { kind: 'index', index: Number(index[1]) };
  if (isDigest(selector)) return { kind: 'digest', digest: selector };
  if (selector.startsWith('@'))
    fail('E_REFERENCE', `reading image name '${text}': '${selector}' is not a source index`, {
      hint: 'source indexes are numbers from 0: FILE:@0; a snapshot follows the image: FILE@3',
    });
  if (transport === 'docker-archive') parseDistributionName(selector, 'tag');
  return { kind: 'tag', tag: selector };
}
