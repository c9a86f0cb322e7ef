import { fail } from '../../model/error.js';
import { findProgram } from '../engine/find-engine.js';

/** Programs that running containers needs, with the Debian packages that have them. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['crun', 'crun'],
  ['conmon', 'conmon'],
  ['newuidmap', 'uidmap'],
  ['newgidmap', 'uidmap'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
]);

/** Returns the one line that installs these packages. */
export function installLine(packages: readonly string[]): string {
  return `apt-get install -y ${[...new Set(packages)].sort().join(' ')}`;
}

/** Returns the packages whose programs are not here. `rootless`: with those that only an ordinary user needs. */
export function missingPackages(rootless: boolean, find = findProgram): readonly string[] {
  const missing = [...PACKAGES]
    .filter(([program]) => rootless || !program.startsWith('new'))
    .filter(([program]) => find(program) === undefined && !(program === 'crun' && find('runc') !== undefined))
    .map(([, name]) => name);
  return [...new Set(missing)];
}

/**
 * Returns the paths of these programs. Throws E_TOOL_MISSING with the line that installs everything which running
 * containers as an ordinary user needs.
 */
export function needPackages(programs: readonly string[], doing: string): readonly string[] {
  return programs.map(
    (program) =>
      findProgram(program) ??
      fail('E_TOOL_MISSING', `${doing}: ${program} is not installed`, {
        hint: `as root: ${installLine(missingPackages(true))}`,
      }),
  );
}
