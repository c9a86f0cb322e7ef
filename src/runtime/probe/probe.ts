import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { StrataError } from '../../model/error.js';
import { isRootless, ownerOutside } from '../own-id-map.js';
import { readSysctl, whyRefused } from '../rootless/why-refused.js';
import { type Check, checked } from './check.js';
import { askKernel, noAnswer } from './kernel.js';
import { checkCgroups, checkMounts, checkRanges, checkRlimits } from './machine.js';
import { checkPrograms } from './programs.js';

/**
 * Returns what this machine and user have for running containers of the store at `root`, which need not be there. Everything
 * is tried where it leaves nothing.
 */
export async function probeContainers(root: string): Promise<readonly Check[]> {
  const rootless = isRootless();
  const folder = existing(root);
  const [programs, namespace] = await Promise.all([checkPrograms(rootless), openNamespace()]);
  const system = await checkSystemCalls();
  const answers =
    system.health !== 'ok'
      ? noAnswer(system.value)
      : typeof namespace === 'object'
        ? noAnswer(namespace.value)
        : await askKernel(folder, namespace);
  return [
    ...programs,
    system,
    ...(rootless ? [checkRanges()] : []),
    typeof namespace === 'object' ? namespace : checked('user namespaces', 'can be made'),
    ...checkMounts(answers, folder, rootless),
    checkCgroups(rootless, ownerOutside()),
    checkRlimits(rootless),
  ];
}

/** The descriptor of a user namespace for an ordinary user; undefined where none is needed. */
async function openNamespace(): Promise<number | undefined | Check> {
  if (process.getuid?.() === 0) {
    const refusal = whyRefused((name) =>
      name === 'user.max_user_namespaces' ? readSysctl(name) : undefined,
    );
    return refusal === undefined
      ? undefined
      : checked('user namespaces', '', refusal.why, `as root: ${refusal.remedy}`);
  }
  try {
    const { makeUserNamespace } = await import('../rootless/make-namespace.js');
    return await makeUserNamespace();
  } catch (thrown) {
    if (!(thrown instanceof StrataError)) throw thrown;
    return checked(
      'user namespaces',
      '',
      thrown.message.slice(thrown.message.indexOf(': ') + 2),
      // What is not installed is told by its own check.
      thrown.code === 'E_PRIVILEGE' ? thrown.hint : undefined,
    );
  }
}

/** Nothing can be mounted without it, and it is the one part of strata that is made for a processor. */
async function checkSystemCalls(): Promise<Check> {
  try {
    (await import('../sys/libc.js')).loadBridge();
    return checked('koffi', 'system calls can be made');
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
    return checked('koffi', '', `not loaded: ${why}`, 'install strata again, with its optional dependencies');
  }
}

/** The nearest directory above that is there. */
function existing(folder: string): string {
  for (let at = folder; ; at = path.dirname(at))
    if ((existsSync(at) && statSync(at).isDirectory()) || at === path.dirname(at)) return at;
}
