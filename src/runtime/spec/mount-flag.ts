import { fail } from '../../model/error.js';
import { parseBoolean } from './boolean.js';
import { parseCsvLine } from './csv.js';
import { parseMountTarget } from './mount-target.js';
import { parseSize } from './sizes.js';
import {
  BIND_DEFAULTS,
  parsePropagation,
  parseSource,
  type Propagation,
  type UserMount,
  withTmpfsDefaults,
} from './user-mounts.js';

interface Fields {
  type: string;
  source: string | undefined;
  target: string | undefined;
  readonly: boolean;
  propagation: Propagation | undefined;
  recursive: string | undefined;
  size: number | undefined;
  mode: string | undefined;
  /** Groups of options that were used, as in `bind`. */
  readonly used: Set<string>;
}

/**
 * Returns the mount that `--mount type=bind|tmpfs,source=…,target=…,…` says (docker-run(1)), a relative source taken
 * from the absolute `cwd`. Throws E_USAGE, also for volumes and images as mounts: there are none yet.
 */
export function parseMount(text: string, cwd: string): UserMount {
  const what = `--mount ${text}`;
  const fields: Fields = {
    type: 'volume',
    source: undefined,
    target: undefined,
    readonly: false,
    propagation: undefined,
    recursive: undefined,
    size: undefined,
    mode: undefined,
    used: new Set(),
  };
  for (const field of parseCsvLine(text, '--mount')) setField(fields, field, what);
  const bad = (why: string): never => fail('E_USAGE', `reading ${what}: ${why}`);
  if (fields.type !== 'bind' && fields.type !== 'tmpfs')
    fail('E_USAGE', `reading ${what}: mounts of type '${fields.type}' do not exist yet`, {
      hint: 'type=bind and type=tmpfs do',
    });
  for (const group of fields.used)
    if (group !== fields.type) bad(`an option of ${group} mounts stands with type=${fields.type}`);
  if (fields.target === undefined) return bad('it has no target');
  const target = parseMountTarget(fields.target, what);
  if (fields.type === 'tmpfs') {
    if (fields.source !== undefined) bad('a tmpfs has no source');
    return { kind: 'tmpfs', target, options: tmpfsOptions(fields) };
  }
  if (fields.source === undefined) return bad('it has no source');
  const { recursive } = fields;
  if ((recursive === 'readonly' || recursive === 'writable') && !fields.readonly)
    bad(`bind-recursive=${recursive} needs readonly`);
  return {
    ...BIND_DEFAULTS,
    kind: 'bind',
    source: parseSource(fields.source, cwd, what),
    target,
    readonly: fields.readonly ? (recursive === 'readonly' ? 'recursive' : 'top') : false,
    propagation: fields.propagation ?? BIND_DEFAULTS.propagation,
    recursive: recursive !== 'disabled',
  };
}

function setField(fields: Fields, text: string, what: string): void {
  const at = text.indexOf('=');
  const key = (at < 0 ? text : text.slice(0, at)).toLowerCase();
  const value = at < 0 ? undefined : text.slice(at + 1);
  const bad = (why: string): never => fail('E_USAGE', `reading ${what}: ${why}`);
  const given = (): string => value ?? bad(`'${text}' needs a value`);
  const truth = (): boolean => value === undefined || parseBoolean(value, `--mount ${key}`);
  const group = /^(bind|tmpfs|volume|image)-/.exec(key);
  if (group !== null) fields.used.add(group[1]);
  switch (key) {
    case 'type':
      fields.type = given().toLowerCase();
      return;
    case 'source':
    case 'src':
      fields.source = given();
      return;
    case 'target':
    case 'dst':
    case 'destination':
      fields.target = given();
      return;
    case 'readonly':
    case 'ro':
      fields.readonly = truth();
      return;
    case 'consistency':
      given();
      return;
    case 'relabel':
      // As `:z` and `:Z` of -v.
      if (!['shared', 'private'].includes(given())) bad(`relabel is not '${given()}' but shared or private`);
      return;
    case 'bind-propagation':
      fields.propagation = parsePropagation(given().toLowerCase(), what);
      return;
    case 'bind-nonrecursive':
      fields.recursive = truth() ? 'disabled' : 'enabled';
      return;
    case 'bind-recursive':
      fields.recursive = ['enabled', 'disabled', 'writable', 'readonly'].includes(given())
        ? given()
        : bad(`bind-recursive is not '${given()}' but enabled, disabled, writable or readonly`);
      return;
    case 'tmpfs-size':
      fields.size = parseSize(given(), '--mount tmpfs-size');
      return;
    case 'tmpfs-mode':
      fields.mode = /^0*[0-7]{1,4}$/.test(given()) ? given() : bad(`the mode '${given()}' is not octal`);
      return;
    default:
      // Left to the check that they stand with their type, which says what is missing.
      if (group?.[1] !== 'volume' && group?.[1] !== 'image') bad(`there is no option '${key}'`);
  }
}

function tmpfsOptions({ readonly, size, mode }: Fields): string[] {
  return withTmpfsDefaults([
    ...(readonly ? ['ro'] : []),
    ...(mode === undefined ? [] : [`mode=${mode.replace(/^0+(?=.)/, '')}`]),
    ...(size === undefined || size === 0 ? [] : [`size=${String(size)}`]),
  ]);
}
