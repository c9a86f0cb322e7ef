import { string } from '@oclif/core/args';
import { findContainer } from '../../runtime/container/containers.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import type { ContainerPlace } from '../../runtime/container/state.js';
import { errorJson } from '../../report/error.js';
import { escapeForTerminal } from '../../report/escape.js';
import type { Context } from '../program/context.js';
import { stopIfAborted, toFailure } from '../program/failure.js';

/** The CONTAINER... argument. */
export function containersArgument() {
  return string({
    name: 'CONTAINER',
    description: 'Containers: name, id, or how an id begins and no other does. One or more.',
    required: true,
    multiple: true,
    ignoreStdin: true,
  });
}

/** What came of several containers. */
export interface Several<T> {
  /** What the deed returned, of those for which it did. */
  readonly done: readonly (ContainerName & T)[];
  /** For `--json`; without that the last one was thrown. */
  readonly errors: readonly ContainerError[];
  /** The code to end with. */
  readonly code: number;
}

export interface ContainerName {
  readonly id: string;
  readonly name: string;
}

export interface ContainerError {
  /** As the user named it. */
  readonly container: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface EachOptions<T> {
  /** What is printed. */
  readonly line?: (record: ContainerRecord, result: T) => string;
  readonly find?: (name: string) => ContainerRecord | Promise<ContainerRecord>;
}

/**
 * Does something to each container and prints a line for it, its name unless `line` says another. One for which it fails
 * does not keep the others: without `--json` the last error is thrown at the end, and those before it are warnings.
 */
export async function eachContainer<T extends object>(
  context: Context,
  place: ContainerPlace,
  names: readonly string[],
  deed: (record: ContainerRecord) => Promise<T>,
  { line = ({ name }) => name, find = (name) => findContainer(place.store, name) }: EachOptions<T> = {},
): Promise<Several<T>> {
  const done: (ContainerName & T)[] = [];
  const errors: { readonly container: string; readonly thrown: unknown }[] = [];
  for (const container of names) {
    stopIfAborted(context.signal);
    try {
      const record = await find(container);
      const result = await deed(record);
      done.push({ id: record.id, name: record.name, ...result });
      if (!context.json) {
        await context.output.lines([escapeForTerminal(line(record, result))]);
        await context.output.flush();
      }
    } catch (thrown) {
      stopIfAborted(context.signal);
      const last = errors.at(-1);
      if (last !== undefined && !context.json) context.log.warn(toFailure(last.thrown).message);
      errors.push({ container, thrown });
    }
  }
  const last = errors.at(-1);
  if (last === undefined) return { done, errors: [], code: 0 };
  const failure = toFailure(last.thrown);
  if (!context.json) throw failure;
  return {
    done,
    errors: errors.map(({ container, thrown }) => ({ container, ...errorJson(toFailure(thrown)).error })),
    code: failure.exitCode,
  };
}
