import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../model/error.js';

/** An OCI runtime of this machine. */
export interface Engine {
  readonly kind: 'crun' | 'runc';
  /** Absolute path of the program. */
  readonly program: string;
  /** Whether it makes control groups; it cannot without privileges that are delegated by root. */
  readonly cgroups?: 'none' | undefined;
}

/** What an ordinary user's PATH lacks, and where podman's packages put helpers. */
const PLACES =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec/podman:/usr/lib/podman';

/** Returns the absolute path of a program on PATH or at one of the usual places; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  for (const file of programsNamed(name)) return file;
  return undefined;
}

/** Goes over the absolute paths of programs of that name, those on PATH first, then those at the usual places. */
export function* programsNamed(
  name: string,
  searched = `${process.env.PATH ?? ''}:${PLACES}`,
): Generator<string, undefined> {
  for (const folder of searched.split(':')) {
    if (!path.isAbsolute(folder)) continue;
    const file = path.join(folder, name);
    if (isProgram(file)) yield file;
  }
}

/**
 * Returns the OCI runtime to use: the one named by `--runtime`, a path or a name, else crun, else runc. Throws
 * E_TOOL_MISSING.
 */
export function findEngine(asked?: string): Engine {
  if (asked !== undefined) {
    const program = asked.includes('/') ? path.resolve(asked) : findProgram(asked);
    if (program === undefined || !isProgram(program))
      return fail('E_TOOL_MISSING', `looking for the runtime '${asked}': there is no such program`);
    return { kind: path.basename(program).startsWith('runc') ? 'runc' : 'crun', program };
  }
  for (const kind of ['crun', 'runc'] as const) {
    const program = findProgram(kind);
    if (program !== undefined) return { kind, program };
  }
  return fail('E_TOOL_MISSING', 'looking for an OCI runtime: neither crun nor runc is installed', {
    hint: 'as root: apt-get install -y crun conmon',
  });
}

/** Returns the path of conmon, which watches over containers. Throws E_TOOL_MISSING. */
export function findMonitor(): string {
  return (
    findProgram('conmon') ??
    fail('E_TOOL_MISSING', 'looking for conmon, which watches over containers: it is not installed', {
      hint: 'as root: apt-get install -y conmon',
    })
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
