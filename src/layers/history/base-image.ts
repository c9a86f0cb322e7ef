import type { Image } from '../../model/image.js';
import type { Step } from './history.js';
import { isBuildahComment } from './created-by.js';

/** Which image a Dockerfile most likely started from, and how much of the history is that image's own. */
export interface BaseGuess {
  /** What stands behind FROM. */
  readonly from: string;
  /** The first steps of the history, which the base brought along. */
  readonly steps: number;
  readonly confidence: 'exact' | 'likely' | 'guess';
  /** Why this image and this boundary. */
  readonly note: string;
}

const NAME_KEY = 'org.opencontainers.image.base.name';
const DIGEST_KEY = 'org.opencontainers.image.base.digest';
const REFERENCE = /^[a-z0-9][\w.:/-]{0,254}(?:@sha256:[0-9a-f]{64})?$/i;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Steps of one build follow each other closely; a base was built at another time. */
const GAP_MS = 10 * 60_000;

/**
 * Guesses the base: the image named by the OCI base annotations or labels, else the one buildah wrote into a comment,
 * else a distribution recognised by the line its maker leaves. Undefined when nothing tells: then the Dockerfile starts
 * from scratch and the root file system is its first ADD.
 */
export function guessBase(image: Image, steps: readonly Step[]): BaseGuess | undefined {
  return namedBase(image, steps) ?? buildahBase(steps) ?? distribution(image, steps);
}

function namedBase(image: Image, steps: readonly Step[]): BaseGuess | undefined {
  const { labels } = image.config.execution;
  const name = image.annotations.get(NAME_KEY) ?? labels.get(NAME_KEY);
  if (name === undefined || !REFERENCE.test(name)) return undefined;
  const digest = image.annotations.get(DIGEST_KEY) ?? labels.get(DIGEST_KEY);
  const from =
    digest === undefined || !DIGEST.test(digest) || name.includes('@') ? name : `${name}@${digest}`;
  const boundary = buildahBase(steps)?.steps ?? lastBoundary(steps);
  return {
    from,
    steps: boundary,
    confidence: 'likely',
    note: `named by ${NAME_KEY}; that its own history is ${count(boundary)} is a guess`,
  };
}

function buildahBase(steps: readonly Step[]): BaseGuess | undefined {
  const at = steps.findLastIndex(
    (step) =>
      isBuildahComment(step.comment) &&
      REFERENCE.test(step.comment.slice(5)) &&
      !/^FROM [0-9a-f]{8,64}$/.test(step.comment),
  );
  if (at < 0) return undefined;
  return {
    from: steps[at].comment.slice(5),
    steps: at,
    confidence: 'likely',
    note: `named by buildah in step ${String(at + 1)}; its own history is ${count(at)}`,
  };
}

function distribution(image: Image, steps: readonly Step[]): BaseGuess | undefined {
  const at = steps.findIndex((step) => step.layer !== undefined);
  if (at < 0) return undefined;
  const name = distributionName(image, steps, at);
  if (name === undefined) return undefined;
  const end = baseEnd(steps, at);
  return {
    from: name,
    steps: end,
    confidence: 'guess',
    note: `recognised by its root file system (${count(end)})`,
  };
}

/** `ADD alpine-minirootfs-3.19.1-x86_64.tar.gz /`, `ADD busybox.tar.xz /`, `ADD fedora-39-x86_64.tar.xz /`. */
const ROOTFS_FILES: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)alpine-minirootfs-(\d+\.\d+\.\d+)-/, 'alpine'],
  [/(?:^|\/)fedora-(\d+)-[\w]+\.tar/, 'fedora'],
  [/(?:^|\/)(?:oraclelinux|ol)-?(\d+)-/, 'oraclelinux'],
  [/(?:^|\/)busybox\.tar/, 'busybox'],
];

function distributionName(image: Image, steps: readonly Step[], at: number): string | undefined {
  const { instruction } = steps[at];
  if (instruction.keyword === 'FROM-guess') return instruction.base ?? windowsName(image);
  for (const source of instruction.copied?.sources ?? [])
    for (const [pattern, name] of ROOTFS_FILES) {
      const match = pattern.exec(source);
      if (match !== null) return match.length > 1 ? `${name}:${match[1]}` : name;
    }
  const { labels } = image.config.execution;
  const version = labels.get('org.opencontainers.image.version') ?? '';
  const early = steps
    .slice(0, baseEnd(steps, at))
    .some((step) => step.instruction.body.includes('org.opencontainers.image.ref.name=ubuntu'));
  return early && /^\d\d\.\d\d$/.test(version) ? `ubuntu:${version}` : undefined;
}

/** Windows Server Core is the usual one of the bases that begin with `Apply image`. */
function windowsName(image: Image): string | undefined {
  const version = image.config.osVersion ?? '';
  return /^\d+(?:\.\d+)+$/.test(version) ? `mcr.microsoft.com/windows/servercore:${version}` : undefined;
}

/** The steps up to the root file system and the metadata that its image set: at most to the first CMD. */
function baseEnd(steps: readonly Step[], root: number): number {
  let end = root + 1;
  while (end < steps.length && steps[end].instruction.keyword === 'FROM-guess') end += 1;
  for (let i = end; i < steps.length && steps[i].layer === undefined; i++)
    if (steps[i].instruction.keyword === 'CMD') end = i + 1;
  return end;
}

/** Where the last image below this one most likely ended. */
function lastBoundary(steps: readonly Step[]): number {
  const last = steps.findLastIndex((step) => step.layer !== undefined);
  const ends = steps.flatMap((_, at) => (at > 0 && at <= last && isBoundary(steps, at) ? [at] : []));
  return ends.findLast((at) => timeGap(steps[at - 1], steps[at])) ?? ends.at(-1) ?? 0;
}

function isBoundary(steps: readonly Step[], at: number): boolean {
  const before = steps[at - 1].instruction;
  const after = steps[at].instruction;
  const ends = before.keyword === 'CMD' || before.keyword === 'ENTRYPOINT' || before.keyword === 'FROM-guess';
  const starts = after.keyword !== 'CMD' && after.keyword !== 'ENTRYPOINT';
  return (ends && starts) || before.builder !== after.builder;
}

function timeGap(before: Step, after: Step): boolean {
  const gap = Date.parse(after.created ?? '') - Date.parse(before.created ?? '');
  return Math.abs(gap) > GAP_MS;
}

function count(steps: number): string {
  return steps === 0 ? 'no step' : steps === 1 ? 'step 1' : `steps 1 to ${String(steps)}`;
}
