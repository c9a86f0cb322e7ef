import { fail } from '../../model/error.js';
import {
  expectArray,
  expectObject,
  expectString,
  field,
  isAbsent,
  type JsonNode,
  optionalString,
  rejectNode,
} from '../../model/json.js';
import { parseJson } from '../../model/json-parse.js';
import type { SeccompArgument, SeccompConfig, SeccompRule } from './runtime-config.js';
import { seccompArchitectures, type SeccompOptions } from './seccomp.js';

const LIMITS = { json: 4 * 1024 * 1024, jsonDepth: 32 };
const RULES_MAX = 10_000;
/** The names of architectures in docker's `includes` and `excludes`. */
const GO_NAME = { x86_64: 'amd64', aarch64: 'arm64' } as const;

export interface SeccompFileOptions extends SeccompOptions {
  /** As in `6.18.44-fc`. */
  readonly kernel: string;
}

/**
 * Returns the filter a profile file says, in docker's form (moby/profiles, seccomp/seccomp.go) or that of the runtime
 * specification; conditions on architectures, capabilities and the kernel are resolved here. Throws E_JSON or E_USAGE.
 */
export function readSeccompFile(bytes: Uint8Array, name: string, options: SeccompFileOptions): SeccompConfig {
  const root = parseJson(bytes, `the seccomp profile ${name}`, LIMITS, 'E_USAGE');
  const architectures = field(root, 'architectures');
  const syscalls = field(root, 'syscalls');
  const errno = optionalNumber(field(root, 'defaultErrnoRet'));
  return {
    defaultAction: actionOf(field(root, 'defaultAction')),
    ...(errno === undefined ? {} : { defaultErrnoRet: errno }),
    architectures:
      isAbsent(architectures) || expectArray(architectures).length === 0
        ? seccompArchitectures(options)
        : expectArray(architectures, 64).map((one) => known(expectString(one), 'SCMP_ARCH_', one)),
    syscalls: isAbsent(syscalls)
      ? []
      : expectArray(syscalls, RULES_MAX)
          .filter((rule) => applies(rule, options))
          .map(readRule),
  };
}

function readRule(node: JsonNode): SeccompRule {
  const names = field(node, 'names');
  const single = optionalString(field(node, 'name'));
  const args = field(node, 'args');
  const errno = optionalNumber(field(node, 'errnoRet'));
  const list = isAbsent(names) ? [] : expectArray(names, RULES_MAX).map(expectString);
  const all = single === undefined || single === '' ? list : [...list, single];
  if (all.length === 0) rejectNode(names, 'a list of system calls');
  return {
    names: all,
    action: actionOf(field(node, 'action')),
    ...(errno === undefined ? {} : { errnoRet: errno }),
    ...(isAbsent(args) || expectArray(args).length === 0
      ? {}
      : { args: expectArray(args, 64).map(readArgument) }),
  };
}

function readArgument(node: JsonNode): SeccompArgument {
  const index = expectNumber(field(node, 'index'));
  if (index > 5) rejectNode(field(node, 'index'), 'the number of an argument, 0 to 5');
  const second = optionalNumber(field(node, 'valueTwo'));
  const op = field(node, 'op');
  return {
    index,
    value: expectNumber(field(node, 'value')),
    ...(second === undefined ? {} : { valueTwo: second }),
    op: known(expectString(op), 'SCMP_CMP_', op),
  };
}

function applies(rule: JsonNode, options: SeccompFileOptions): boolean {
  const { includes, excludes } = {
    includes: filterOf(rule, 'includes'),
    excludes: filterOf(rule, 'excludes'),
  };
  const architecture = GO_NAME[options.architecture];
  if (includes.arches.length > 0 && !includes.arches.includes(architecture)) return false;
  if (!includes.caps.every((name) => options.capabilities.includes(name))) return false;
  if (includes.minKernel !== undefined && !reaches(options.kernel, includes.minKernel)) return false;
  if (excludes.arches.includes(architecture)) return false;
  if (excludes.caps.some((name) => options.capabilities.includes(name))) return false;
  return excludes.minKernel === undefined || !reaches(options.kernel, excludes.minKernel);
}

interface RuleFilter {
  readonly arches: readonly string[];
  readonly caps: readonly string[];
  readonly minKernel: string | undefined;
}

function filterOf(rule: JsonNode, key: string): RuleFilter {
  const node = field(rule, key);
  if (isAbsent(node)) return { arches: [], caps: [], minKernel: undefined };
  expectObject(node);
  const texts = (name: string): readonly string[] => {
    const list = field(node, name);
    return isAbsent(list) ? [] : expectArray(list, 100).map(expectString);
  };
  const minKernel = optionalString(field(node, 'minKernel'));
  return { arches: texts('arches'), caps: texts('caps'), minKernel };
}

/** Whether a kernel's release is of that version, as in `4.8`, or later. */
function reaches(release: string, version: string): boolean {
  const [a, b] = partsOf(release);
  const [c, d] = partsOf(version);
  return a > c || (a === c && b >= d);
}

function partsOf(version: string): [number, number] {
  const match = /^(\d{1,6})\.(\d{1,6})/.exec(version);
  return match === null
    ? fail('E_USAGE', `reading the kernel version '${version.slice(0, 40)}': expected one such as 4.8`)
    : [Number(match[1]), Number(match[2])];
}

function actionOf(node: JsonNode): string {
  return known(expectString(node), 'SCMP_ACT_', node);
}

/** What the names of libseccomp look like; the runtime knows which there are. */
function known(name: string, prefix: string, node: JsonNode): string {
  return name.startsWith(prefix) && /^[A-Z0-9_]{1,40}$/.test(name)
    ? name
    : rejectNode(node, `a name with ${prefix}`);
}

function expectNumber(node: JsonNode): number {
  const { value } = node;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : rejectNode(node, 'a whole number');
}

function optionalNumber(node: JsonNode): number | undefined {
  return isAbsent(node) ? undefined : expectNumber(node);
}
