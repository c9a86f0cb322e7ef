import { fail } from '../../model/error.js';

/** What filters look at. */
export interface Filtered {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly exit?: { readonly status: number } | undefined;
}

export interface ContainerFilter {
  /** True when containers that do not run are wanted too, whatever else is said. */
  readonly anyStatus: boolean;
  readonly fits: (container: Filtered) => boolean;
}

const STATUSES = ['created', 'running', 'paused', 'exited'];

const TESTS: Readonly<Record<string, (container: Filtered, value: string) => boolean>> = {
  status: ({ status }, value) => status === value,
  exited: ({ exit }, value) => exit?.status === Number(value),
  name: ({ name }, value) => name.includes(value),
  id: ({ id }, value) => id.startsWith(value),
};

/** Returns what `--filter KEY=VALUE`s say: of one key any must fit, of several keys all, as docker has it. Throws E_USAGE. */
export function parseFilters(texts: readonly string[]): ContainerFilter {
  const wanted = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const [key, value] = [text.slice(0, at), text.slice(at + 1)];
    const bad = (why: string, hint: string): never =>
      fail('E_USAGE', `reading --filter '${text}': ${why}`, { hint });
    if (at < 1 || !Object.hasOwn(TESTS, key))
      bad('not a filter', `write one of ${Object.keys(TESTS).join(', ')}, then = and a value`);
    if (key === 'status' && !STATUSES.includes(value)) bad('no such status', `one of ${STATUSES.join(', ')}`);
    if (key === 'exited' && !/^\d{1,3}$/.test(value)) bad('not an exit code', 'a number from 0 to 255');
    wanted.set(key, [...(wanted.get(key) ?? []), value]);
  }
  return {
    anyStatus: wanted.has('status') || wanted.has('exited'),
    fits: (container) =>
      [...wanted].every(([key, values]) => values.some((value) => TESTS[key](container, value))),
  };
}
