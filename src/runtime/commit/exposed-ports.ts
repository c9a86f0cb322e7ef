import { fail } from '../../model/error.js';

/** Ports of one range at most: all that there are. */
const LARGEST = 65_535;

/** Returns `8080/tcp` for `8080`, and each port of `8000-8010/udp`. Throws E_USAGE. */
export function exposedPorts(word: string): string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first || last > LARGEST)
    fail('E_USAGE', `reading the change EXPOSE: ${word} is not a port such as 80, 53/udp or 8000-8010`);
  const protocol = (match.at(3) ?? 'tcp').toLowerCase();
  return Array.from({ length: last - first + 1 }, (_, i) => `${String(first + i)}/${protocol}`);
}
