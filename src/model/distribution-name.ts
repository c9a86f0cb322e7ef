import { fail } from './error.js';

/** A name as registries know it (distribution/reference grammar, normalised like Docker's ParseNormalizedNamed). */
export interface DistributionName {
  /** `docker.io` when the text has none. */
  readonly domain: string;
  /** With `library/` for Docker's official images. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `algorithm:hex`; not necessarily one strata can verify. */
  readonly digest: string | undefined;
}

/** Bytes of a repository path at most (`RepositoryNameTotalLengthMax`). */
const PATH_MAX = 255;
/** No valid reference is longer: domain, path, tag and a long digest; checked before any pattern runs. */
const TEXT_MAX = 1024;

const PATH_COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const DOMAIN =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$/;
const IDENTIFIER = /^[0-9a-f]{64}$/;

/** Returns the parsed name, or why the text is not one. */
export function readDistributionName(text: string): DistributionName | { readonly why: string } {
  if (text === '') return { why: 'it is empty' };
  if (text.length > TEXT_MAX) return { why: `it is longer than ${TEXT_MAX} characters` };
  if (IDENTIFIER.test(text)) return { why: 'it is an image ID, not a name' };
  const atSign = text.indexOf('@');
  const digest = atSign === -1 ? undefined : text.slice(atSign + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return { why: 'what follows the @ is not a digest' };
  const named = atSign === -1 ? text : text.slice(0, atSign);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return { why: 'the tag is not [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}' };
  const repository = hasTag ? named.slice(0, colon) : named;
  const { domain, path } = splitDomain(repository);
  if (!DOMAIN.test(domain)) return { why: `'${domain.slice(0, 100)}' is not a host name` };
  if (path.length > PATH_MAX) return { why: `the repository name is longer than ${PATH_MAX} characters` };
  if (!path.split('/').every((component) => PATH_COMPONENT.test(component)))
    return {
      why:
        path !== path.toLowerCase() &&
        path
          .toLowerCase()
          .split('/')
          .every((part) => PATH_COMPONENT.test(part))
          ? 'the repository name must be lower case'
          : `'${repository.slice(0, 100)}' is not a repository name: lower case letters and digits, with . _ - between them`,
    };
  return { domain, path, tag, digest };
}

/** The first part is a host only when it looks like one: it has a dot, a port or capitals, or is `localhost`. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const domain = isHost ? first : 'docker.io';
  const path = isHost ? name.slice(slash + 1) : name;
  if (domain !== 'docker.io' && domain !== 'index.docker.io' && domain !== 'registry-1.docker.io')
    return { domain, path };
  return { domain: 'docker.io', path: path.includes('/') ? path : `library/${path}` };
}

/** Returns the parsed name. Throws E_REFERENCE. */
export function parseDistributionName(text: string, what = 'image name'): DistributionName {
  const name = readDistributionName(text);
  return 'why' in name ? fail('E_REFERENCE', `reading ${what} '${text.slice(0, 200)}': ${name.why}`) : name;
}

export function isDistributionName(text: string): boolean {
  return !('why' in readDistributionName(text));
}

/** True for `1.0` or `app`, by which an image layout may call an image: a tag without the repository before it. */
export function isTagAlone(text: string): boolean {
  return !/[/:]/.test(text);
}

/**
 * Returns the one spelling of a name that all its spellings share: with domain, `library/` and `:latest`. A text that is
 * no name is its own spelling. `nginx`, `docker.io/library/nginx` and `nginx:latest` are the same image.
 */
export function canonicalName(text: string): string {
  const name = readDistributionName(text);
  if ('why' in name) return text;
  const tag = name.tag === undefined && name.digest === undefined ? 'latest' : name.tag;
  return `${name.domain}/${name.path}${tag === undefined ? '' : `:${tag}`}${name.digest === undefined ? '' : `@${name.digest}`}`;
}

/** Returns a name as docker shows it: without `docker.io/library/`, but with its tag. A text that is no name stays. */
export function familiarName(text: string): string {
  if (!isDistributionName(text)) return text;
  return canonicalName(text).replace(/^docker\.io\/(?:library\/(?=[^/]*$))?/, '');
}
