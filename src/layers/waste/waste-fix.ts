import type { Step } from '../history/history.js';
import type { Keyword } from '../history/instruction.js';
import { cacheFix } from './cache-fix.js';
import type { CopiedMetadata } from './copied-metadata.js';
import { ownerModeFix } from './metadata-fix.js';
import type { PackageCache } from './package-caches.js';
import type { WasteCauseName } from './waste.js';

/** What is known of a cause when its fix is chosen. */
export interface Wasted {
  readonly cause: WasteCauseName;
  /** The layer that stores the bytes; of a copy the one that had the content first. */
  readonly layer: number;
  /** The layer that hid them or has them too. */
  readonly otherLayer: number | undefined;
  readonly cache: PackageCache | undefined;
  /** Where the cache lies, most bytes first. */
  readonly places: readonly string[];
  /** What the copies of a metadata cause got. */
  readonly copied: CopiedMetadata;
  /** The steps that made the two layers. */
  readonly made: Step | undefined;
  readonly hid: Step | undefined;
  readonly baseLayers: number;
}

type Maker = 'copy' | 'run' | 'other';

/**
 * Returns what to do about a cause, in words for whoever writes the Dockerfile: chosen by the instructions that stored
 * the bytes and made them waste. Of the image's own text it holds at most an owner and
 * names within the places of caches, of letters and digits.
 */
export function fixOf(wasted: Wasted): string {
  const { cause, layer, otherLayer = layer, cache, baseLayers } = wasted;
  if (cause === 'stored-twice')
    return `layer ${layer} holds the paths more than once, which docker and BuildKit never write: build it with another tool`;
  if (layer <= baseLayers && otherLayer <= baseLayers)
    return 'both layers are of the base image: choose a smaller or flattened base; nothing above it can free them';
  if (cause === 'duplicate') return duplicateFix(wasted);
  if (cache !== undefined) return cachedFix(wasted, cache);
  if (layer <= baseLayers) return baseFix(wasted);
  switch (cause) {
    case 'chown-copy':
    case 'chmod-copy':
    case 'xattr-copy':
      return metadataFix(wasted, cause);
    case 'touch-copy':
    case 'copied-again':
      return againFix(wasted);
    case 'deleted-later':
      return deletedFix(wasted);
    case 'overwritten':
      return overwrittenFix(wasted);
    case 'package-cache':
      return 'empty the cache in the RUN that fills it';
  }
}

function makerOf(step: Step | undefined): Maker {
  const keyword: Keyword | undefined = step?.instruction.keyword;
  if (keyword === 'COPY' || keyword === 'ADD') return 'copy';
  return keyword === 'RUN' ? 'run' : 'other';
}

function numbers({ layer, otherLayer }: Wasted): { readonly made: string; readonly hid: string } {
  return { made: `layer ${layer}`, hid: otherLayer === undefined ? '' : `layer ${otherLayer}` };
}

/** `COPY` or `ADD`, as the Dockerfile has it. */
function word(step: Step | undefined): string {
  return step?.instruction.keyword === 'ADD' ? 'ADD' : 'COPY';
}

function metadataFix(wasted: Wasted, cause: 'chown-copy' | 'chmod-copy' | 'xattr-copy'): string {
  const { made, hid } = numbers(wasted);
  if (makerOf(wasted.hid) === 'copy') return againFix(wasted);
  if (cause === 'xattr-copy')
    return makerOf(wasted.made) === 'run'
      ? `set the attributes (setcap) in the RUN of ${made} that makes the files, not in ${hid}`
      : `set the attributes (setcap) in a build stage and COPY --from it, instead of in ${hid}`;
  return ownerModeFix({
    made,
    hid,
    keyword: wasted.made?.instruction.keyword,
    command: wasted.hid?.instruction.command ?? '',
    copied: wasted.copied,
  });
}

function againFix(wasted: Wasted): string {
  const { made, hid } = numbers(wasted);
  const [maker, hider] = [makerOf(wasted.made), makerOf(wasted.hid)];
  if (maker === 'copy' && hider === 'copy')
    return `${hid} copies the same files as ${made}: copy each once, with its final owner and mode (COPY --chown, --chmod)`;
  if (hider === 'copy')
    return `${hid} copies what ${made} has already: copy it before, or leave it out of one of them`;
  if (maker === 'run')
    return `join the RUNs of ${made} and ${hid} into one, or do not write unchanged files again (rsync --checksum, make)`;
  return `${hid} writes unchanged files again: leave that out, or do it in a build stage and COPY --from its result`;
}

function deletedFix(wasted: Wasted): string {
  const { made, hid } = numbers(wasted);
  const maker = makerOf(wasted.made);
  if (maker === 'run')
    return makerOf(wasted.hid) === 'run'
      ? `remove in the same RUN: do what ${hid} removes at the end of the RUN of ${made}; or a multi-stage build`
      : `remove the files at the end of the RUN of ${made}, which makes them; or a multi-stage build`;
  if (maker === 'copy')
    return `never copy them: RUN --mount=type=bind (secrets: type=secret) instead of ${word(wasted.made)} in ${made}, a multi-stage build, or .dockerignore`;
  return `a multi-stage build: do the work of ${made} to ${hid} in a stage, then COPY --from only what stays`;
}

function overwrittenFix(wasted: Wasted): string {
  const { made, hid } = numbers(wasted);
  const [maker, hider] = [makerOf(wasted.made), makerOf(wasted.hid)];
  if (maker === 'run' && hider === 'run')
    return `one RUN: join ${made} and ${hid}, so that only the last version is stored`;
  if (maker === 'copy' && hider === 'copy')
    return `order of layers: leave what ${hid} copies out of ${made} (.dockerignore, narrower ${word(wasted.made)})`;
  if (hider === 'copy')
    return `order of layers: COPY of ${hid} before the RUN of ${made}, or leave the files out of ${made}`;
  if (maker === 'copy')
    return `change the files before they are copied in ${made}, or in a multi-stage build with COPY --from; not in ${hid}`;
  return `store only the last version: do the work of ${made} and ${hid} in one RUN or one build stage`;
}

/** Bytes of the base image that a layer above it made waste: nothing but another base frees them. */
function baseFix(wasted: Wasted): string {
  const { made, hid } = numbers(wasted);
  if (wasted.cause === 'deleted-later')
    return `${made} is of the base image: removing in ${hid} frees nothing; choose a base without them`;
  if (wasted.cause === 'overwritten')
    return `${made} is of the base image: a newer base instead of upgrading it in ${hid}, or leave its files as they are`;
  return `${made} is of the base image: limit what ${hid} does to your own files (no chmod -R or chown -R of base directories)`;
}

function duplicateFix(wasted: Wasted): string {
  const { made, hid } = numbers(wasted);
  const maker = makerOf(wasted.made);
  if (wasted.layer === wasted.otherLayer)
    return maker === 'copy'
      ? `${made} copies the same contents to several paths: keep one and link to it (ln -s in the source tree)`
      : `${made} has the same contents at several paths: link instead of copying (ln, cp -l)`;
  return maker === 'copy'
    ? `${hid} has the same contents: leave them out of ${made}, or link to them (ln -s)`
    : `${hid} has the same contents: link to them (ln -s) in ${made} instead of copying`;
}

function cachedFix(wasted: Wasted, cache: PackageCache): string {
  const { made } = numbers(wasted);
  if (wasted.layer <= wasted.baseLayers)
    return `${made} is of the base image: choose a base without ${cache}'s cache, removing it above frees nothing`;
  return cacheFix({ cache, places: wasted.places, made, instruction: wasted.made?.instruction });
}
