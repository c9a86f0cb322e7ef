import { isIP } from 'node:net';
import { fail } from '../../model/error.js';

/** What resolv.conf(5) says. */
export interface ResolverConfig {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Returns the address of `--dns`. Throws E_USAGE. */
export function parseNameServer(text: string): string {
  const address = text.trim();
  return isIP(address) === 0 ? fail('E_USAGE', `reading --dns '${text}': not an address`) : address;
}

/** Returns the domain of `--dns-search`; `.` is none at all. Throws E_USAGE. */
export function parseSearchDomain(text: string): string {
  const domain = text.trim();
  if (domain === '.') return domain;
  const good =
    domain.length < 255 &&
    /[A-Za-z]/.test(domain) &&
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.|$))+$/.test(domain);
  return good ? domain : fail('E_USAGE', `reading --dns-search '${text}': not a domain`);
}

/** Returns the option of `--dns-option`, as in `ndots:2`. Throws E_USAGE. */
export function parseResolverOption(text: string): string {
  return /^[a-z0-9-]+(?::\d{1,9})?$/.test(text)
    ? text
    : fail('E_USAGE', `reading --dns-option '${text}': not an option of resolv.conf(5)`);
}

/** Returns what a resolv.conf says; lines it does not understand are left out. */
export function readResolver(text: string): ResolverConfig {
  const servers: string[] = [];
  let search: string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values.length > 0 && isIP(values[0]) !== 0) servers.push(values[0]);
    // The last one counts.
    else if (keyword === 'search' || keyword === 'domain') search = values;
    else if (keyword === 'options') options.push(...values);
  }
  return { servers, search, options };
}

/** By name: the two are of one kind, and easily mistaken for each other. */
export interface ResolverSides {
  readonly user: ResolverConfig;
  readonly host: ResolverConfig;
  readonly sharesNetwork: boolean;
}

/**
 * Returns the resolver of a container: each kind of entry is the user's, else the host's. Servers on the host's
 * loopback cannot be reached from another network and are left out there.
 */
export function chooseResolver({ user, host, sharesNetwork }: ResolverSides): ResolverConfig {
  const reachable = sharesNetwork ? host.servers : host.servers.filter((address) => !isLoopback(address));
  const search = user.search.length > 0 ? user.search : host.search;
  return {
    servers: user.servers.length > 0 ? user.servers : reachable,
    search: search.includes('.') ? [] : search,
    options: user.options.length > 0 ? user.options : host.options,
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Returns the text of /etc/resolv.conf. */
export function formatResolver({ servers, search, options }: ResolverConfig): string {
  const lines = [
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
