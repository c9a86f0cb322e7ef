import { fail } from './error.js';
import { field, type JsonNode, expectString, isAbsent, optionalString } from './json.js';

/** A platform as in OCI image-spec 1.1 image-index.md. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** Other names of architectures, with the variant they imply (containerd/platforms, `normalizeArch`). */
const ARCHITECTURES = new Map<string, readonly [architecture: string, variant?: string]>([
  ['i386', ['386']],
  ['i686', ['386']],
  ['x86', ['386']],
  ['ia32', ['386']],
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['x64', ['amd64']],
  ['aarch64', ['arm64']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
  ['ppc64el', ['ppc64le']],
  ['mips64el', ['mips64le']],
  ['mipsel', ['mipsle']],
]);

/** Architectures of Go that images are made for: a `--platform` of one word must be one of them. */
const KNOWN_ARCHITECTURES = new Set(
  '386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv64 s390x wasm'.split(' '),
);

const COMPONENT = /^[A-Za-z0-9_.-]+$/;

/**
 * Returns the platform in the one spelling used to compare: lower case, Go's names, `v` before an ARM variant, `v7` for
 * arm without one, none for arm64 v8 and amd64 v1, which are the defaults (containerd/platforms).
 */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase();
  const given = platform.architecture.toLowerCase();
  const [architecture, implied] = ARCHITECTURES.get(given) ?? [given];
  let variant = (platform.variant ?? '').toLowerCase() || (implied ?? '');
  if (/^[0-9]/.test(variant) && architecture.startsWith('arm')) variant = `v${variant}`;
  if (architecture === 'arm' && variant === '') variant = 'v7';
  if (architecture === 'arm64' && (variant === 'v8' || variant === 'v8.0')) variant = '';
  if (architecture === 'amd64' && variant === 'v1') variant = '';
  return {
    os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(platform.osVersion === undefined ? {} : { osVersion: platform.osVersion }),
  };
}

/** Reads `os/arch[/variant]`, or an architecture alone (Linux). Returns it normalised. Throws E_USAGE. */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  const bad = (why: string): never =>
    fail('E_USAGE', `reading platform '${text}': ${why}`, {
      hint: 'write os/arch or os/arch/variant, as in linux/arm64',
    });
  if (parts.length > 3 || parts.some((part) => !COMPONENT.test(part))) return bad('not os/arch[/variant]');
  const [first, architecture, variant] = parts;
  if (parts.length === 1) {
    const only = normalizePlatform({ os: 'linux', architecture: first });
    return KNOWN_ARCHITECTURES.has(only.architecture) ? only : bad('not a known architecture');
  }
  return normalizePlatform({ os: first, architecture, ...(parts.length === 3 ? { variant } : {}) });
}

/** Returns `os/arch[/variant]` as it stands; `unknown` for what is empty. */
export function formatPlatform(platform: Platform): string {
  const base = `${platform.os || 'unknown'}/${platform.architecture || 'unknown'}`;
  return platform.variant === undefined || platform.variant === '' ? base : `${base}/${platform.variant}`;
}

/** Reads the `platform` of a descriptor; undefined when absent. Throws the node's code when a REQUIRED part is not there. */
export function readPlatform(node: JsonNode): Platform | undefined {
  if (isAbsent(node)) return undefined;
  const variant = optionalString(field(node, 'variant'));
  const osVersion = optionalString(field(node, 'os.version'));
  return {
    os: expectString(field(node, 'os')),
    architecture: expectString(field(node, 'architecture')),
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { osVersion }),
  };
}

/** Architecture and variants a machine also runs, best first, behind the exact match (containerd/platforms `platformVector`). */
function runnable(platform: Platform): readonly string[] {
  const { architecture, variant = '' } = platform;
  if (architecture === 'arm') {
    const level = Number(/^v([5-8])/.exec(variant)?.[1] ?? 7);
    return [8, 7, 6, 5].filter((n) => n <= level).map((n) => `arm/v${n}`);
  }
  if (architecture === 'amd64') {
    const level = Number(/^v([1-9])/.exec(variant)?.[1] ?? 1);
    return Array.from({ length: level }, (_, i) => (level - i === 1 ? 'amd64/' : `amd64/v${level - i}`));
  }
  if (architecture === 'arm64' && variant !== '') return [`arm64/${variant}`, 'arm64/'];
  return [`${architecture}/${variant}`];
}

/**
 * Returns how well `candidate` serves `wanted`: 0 is exact, higher is worse (an older ARM or amd64 level that it also
 * runs), undefined is not at all. Both may be in any spelling.
 */
export function platformDistance(candidate: Platform, wanted: Platform): number | undefined {
  const have = normalizePlatform(candidate);
  const want = normalizePlatform(wanted);
  if (have.os !== want.os) return undefined;
  if (want.osVersion !== undefined && have.osVersion !== want.osVersion) return undefined;
  const distance = runnable(want).indexOf(`${have.architecture}/${have.variant ?? ''}`);
  return distance === -1 ? undefined : distance;
}

/** BuildKit's mark of an attestation manifest: it runs nowhere. */
export function isUnknownPlatform(platform: Platform): boolean {
  return platform.os === 'unknown' && platform.architecture === 'unknown';
}

/** The Linux platform of a machine whose `process.arch` this is: images are for Linux unless they say otherwise. */
export function hostPlatform(arch: string): Platform {
  const name = arch === 'ppc64' ? 'ppc64le' : arch;
  return normalizePlatform({ os: 'linux', architecture: name });
}
