import { StrataError } from '../../model/error.js';
import { splitSnapshot } from '../../model/snapshot.js';
import type { ContainerRow } from '../../report/containers.js';
import { listContainers } from '../../runtime/container/containers.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import { type ContainerPlace, type ContainerState, isAlive, stateOf } from '../../runtime/container/state.js';

/** The runtime does not say: it is gone, or fails. */
interface Unknown {
  readonly status: 'unknown';
  readonly why: StrataError;
}

/** A container and what it is doing. */
export interface FoundContainer {
  readonly record: ContainerRecord;
  readonly state: ContainerState | Unknown;
}

/** Returns every container of the place with what it is doing now, oldest first. */
export async function containerStates(place: ContainerPlace): Promise<readonly FoundContainer[]> {
  const records = listContainers(place.store);
  return Promise.all(records.map(async (record) => ({ record, state: await stateOrUnknown(place, record) })));
}

async function stateOrUnknown(
  place: ContainerPlace,
  record: ContainerRecord,
): Promise<FoundContainer['state']> {
  try {
    return await stateOf(place, record);
  } catch (thrown) {
    if (!(thrown instanceof StrataError && ['E_ENGINE', 'E_TOOL_MISSING'].includes(thrown.code)))
      throw thrown;
    return { status: 'unknown', why: thrown };
  }
}

/** Returns what a table shows of a container. */
export function containerRow({ record, state }: FoundContainer): ContainerRow {
  const { id, name, command, created, image } = record;
  return {
    id,
    name,
    image: `${splitSnapshot(image.asked)?.image ?? image.asked}@${String(image.layer)}`,
    command,
    created,
    status: state.status,
    started: state.status !== 'unknown' && isAlive(state) ? state.started : undefined,
    exit: state.status === 'exited' ? state.exit : undefined,
  };
}
