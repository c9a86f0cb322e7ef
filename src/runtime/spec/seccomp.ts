import type { SeccompArgument, SeccompConfig, SeccompRule } from './runtime-config.js';
import {
  ALLOWED,
  ALLOWED_BY_ARCHITECTURE,
  ALLOWED_BY_CAPABILITY,
  ALLOWED_FAMILIES,
  ALLOWED_PERSONALITIES,
  CLONE_NAMESPACES,
  LAST_FAMILY,
  REFUSED,
  REFUSED_PERSONALITIES,
} from './syscalls.js';

/** The architectures a filter can be made for. */
export type Architecture = 'x86_64' | 'aarch64';

const NATIVE: Readonly<Record<Architecture, string>> = {
  x86_64: 'SCMP_ARCH_X86_64',
  aarch64: 'SCMP_ARCH_AARCH64',
};
const SIBLING: Readonly<Record<Architecture, string>> = { x86_64: 'SCMP_ARCH_X86', aarch64: 'SCMP_ARCH_ARM' };

const ALLOW = 'SCMP_ACT_ALLOW';
const ERRNO = 'SCMP_ACT_ERRNO';
const MASKED = 'SCMP_CMP_MASKED_EQ';
const EPERM = 1;
const ENOSYS = 38;

export interface SeccompOptions {
  readonly architecture: Architecture;
  /** Those of the bounding set, as in `CAP_CHOWN`. */
  readonly capabilities: readonly string[];
  /** Whether programs of the 32-bit sibling run too; without it they are killed, and containers start sooner. */
  readonly thirtyTwoBit?: boolean;
}

/** Returns the values of `architectures`: the native one, and its 32-bit sibling where asked for. */
export function seccompArchitectures({ architecture, thirtyTwoBit = false }: SeccompOptions): string[] {
  return thirtyTwoBit ? [NATIVE[architecture], SIBLING[architecture]] : [NATIVE[architecture]];
}

/**
 * Returns our own filter, at least as strict as docker's. What is known and refused fails with EPERM; what nobody here
 * knows fails with ENOSYS, so that programs take the older call, and so does clone3(2), whose flags no filter can see.
 */
export function makeSeccomp(options: SeccompOptions): SeccompConfig {
  const { architecture, capabilities, thirtyTwoBit = false } = options;
  const gated = Object.entries(ALLOWED_BY_CAPABILITY);
  const granted = new Set(gated.flatMap(([name, calls]) => (capabilities.includes(name) ? calls : [])));
  const allowed = new Set([
    ...Object.values(ALLOWED).flat(),
    ...ALLOWED_BY_ARCHITECTURE[architecture],
    ...(thirtyTwoBit && architecture === 'x86_64' ? ALLOWED_BY_ARCHITECTURE.x86 : []),
    ...granted,
  ]);
  const refused = new Set([...gated.flatMap(([, calls]) => calls), ...REFUSED]);
  for (const name of granted) refused.delete(name);
  for (const name of ['clone', 'clone3']) refused.delete(name);
  return {
    defaultAction: ERRNO,
    defaultErrnoRet: ENOSYS,
    architectures: seccompArchitectures(options),
    syscalls: [
      { names: [...allowed].sort(), action: ALLOW },
      { names: [...refused].sort(), action: ERRNO, errnoRet: EPERM },
      ...(granted.has('clone') ? [] : cloneRules()),
      ...socketRules(),
      ...personalityRules(),
    ],
  };
}

/** A call with rules on its arguments cannot have one without, so that refusing is spelt out beside allowing. */
function cloneRules(): SeccompRule[] {
  const flags = { index: 0, value: CLONE_NAMESPACES, op: MASKED };
  return [
    { names: ['clone'], action: ALLOW, args: [{ ...flags, valueTwo: 0 }] },
    ...bitsOf(CLONE_NAMESPACES).map((flag) => refusing('clone', { ...flags, value: flag, valueTwo: flag })),
  ];
}

function socketRules(): SeccompRule[] {
  const gap = ALLOWED_FAMILIES.findIndex((family, i) => family !== i + 1);
  const family = (value: number, op = 'SCMP_CMP_EQ'): SeccompArgument => ({ index: 0, value, op });
  const refused = Array.from({ length: LAST_FAMILY }, (_, i) => i + 1).filter(
    (value) => !ALLOWED_FAMILIES.includes(value),
  );
  return [
    // One comparison for the families from AF_UNIX up to the first gap.
    { names: ['socket'], action: ALLOW, args: [family(ALLOWED_FAMILIES[gap - 1] + 1, 'SCMP_CMP_LT')] },
    ...ALLOWED_FAMILIES.slice(gap).map((value) => ({
      names: ['socket'],
      action: ALLOW,
      args: [family(value)],
    })),
    ...refused.map((value) => refusing('socket', family(value))),
  ];
}

function personalityRules(): SeccompRule[] {
  return [
    ...ALLOWED_PERSONALITIES.map((value) => ({
      names: ['personality'],
      action: ALLOW,
      args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
    })),
    // The question what it is has all bits, so that flags are those of values without the highest.
    ...bitsOf(REFUSED_PERSONALITIES).map((flag) =>
      refusing('personality', { index: 0, value: 2 ** 31 + flag, valueTwo: flag, op: MASKED }),
    ),
  ];
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 31 }, (_, i) => 2 ** i).filter((bit) => (mask & bit) !== 0);
}

function refusing(name: string, argument: SeccompArgument): SeccompRule {
  return { names: [name], action: ERRNO, errnoRet: EPERM, args: [argument] };
}
