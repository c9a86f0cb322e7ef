import { isIP } from 'node:net';
import { fail } from '../../model/error.js';

/** One line of hosts(5). */
export interface HostAddress {
  readonly address: string;
  readonly name: string;
}

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?$/;

/**
 * Returns what `--add-host NAME:ADDRESS` or `NAME=ADDRESS` says; the address may stand in brackets, or be
 * `host-gateway` for `gateway`. Throws E_USAGE.
 */
export function parseAddHost(text: string, gateway: string | undefined): HostAddress {
  const at = text.includes('=') ? text.indexOf('=') : text.indexOf(':');
  const bad = (why: string): never =>
    fail('E_USAGE', `reading --add-host ${text}: ${why}`, { hint: 'write NAME:ADDRESS, as in db:10.0.0.7' });
  if (at < 1) bad('it is not NAME:ADDRESS');
  const name = text.slice(0, at);
  if (!NAME.test(name)) bad(`'${name}' is not the name of a host`);
  const given = text.slice(at + 1);
  if (given === 'host-gateway')
    return { name, address: gateway ?? bad('the container has no gateway to the host') };
  const address = /^\[.+\]$/.test(given) ? given.slice(1, -1) : given;
  if (isIP(address) === 0 || address.includes('%')) bad(`'${address}' is not an address`);
  return { name, address };
}

export interface HostsInput {
  readonly hostname: string;
  readonly domainname: string | undefined;
  /** Of the container; none without a network. */
  readonly addresses: readonly string[];
  readonly extra: readonly HostAddress[];
}

/** Returns the text of /etc/hosts: the loopback names, what was added, and the container itself. */
export function formatHosts({ hostname, domainname, addresses, extra }: HostsInput): string {
  const [short] = hostname.split('.');
  const full = domainname === undefined ? hostname : `${short}.${domainname}`;
  const names = [...new Set([full, hostname, short])].join(' ');
  const own = addresses.length > 0 ? addresses : ['127.0.0.1', '::1'];
  const lines = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'ff00::\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ...extra.map(({ address, name }) => `${address}\t${name}`),
    ...own.map((address) => `${address}\t${names}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the text of /etc/hostname. */
export function formatHostname(hostname: string): string {
  return `${hostname}\n`;
}
