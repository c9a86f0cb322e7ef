import type { ContainerRow } from '../../report/containers.js';
import { keepSeen, pageRows } from './layout.js';
import type { ContainerList } from './container-pages.js';
import type { Page } from './page.js';
import type { State } from './state.js';

export const NO_CONTAINERS: ContainerList = { rows: [], chosen: undefined, top: 0, now: 0n };

/** Rows of the page above the containers: the names of the columns. */
export const LIST_HEAD = 1;

/** Rows of containers that a page shows. */
export function listRows(state: State): number {
  return Math.max(1, pageRows(state) - LIST_HEAD);
}

/** Returns the container with the cursor. */
export function chosenContainer({ rows, chosen }: ContainerList): ContainerRow | undefined {
  return rows.find(({ id }) => id === chosen);
}

/** Returns the page with what the containers are now; the cursor stays on its container, else on its row. */
export function withContainers(state: State, page: Page, found: readonly ContainerRow[], now: bigint): Page {
  const before = page.containers ?? NO_CONTAINERS;
  const rows = inOrder(found);
  const kept = rows.findIndex(({ id }) => id === before.chosen);
  const at = kept >= 0 ? kept : Math.max(0, rowOf(before));
  const list = { ...before, rows, now };
  return { ...page, loading: false, containers: choose(state, list, at) };
}

/** Returns the list with the cursor on that row, or the nearest that there is, and the row seen. */
export function choose(state: State, list: ContainerList, row: number): ContainerList {
  const { rows } = list;
  const at = Math.max(0, Math.min(rows.length - 1, row));
  return {
    ...list,
    chosen: rows.at(at)?.id,
    top: keepSeen(list.top, at, listRows(state), rows.length),
  };
}

/** Returns the row of the cursor; -1 without one. */
export function rowOf({ rows, chosen }: ContainerList): number {
  return rows.findIndex(({ id }) => id === chosen);
}

/** Whether it has processes. */
export function isAlive({ status }: ContainerRow): boolean {
  return status === 'running' || status === 'paused';
}

function inOrder(rows: readonly ContainerRow[]): ContainerRow[] {
  const latest = (a: ContainerRow, b: ContainerRow): number =>
    a.created < b.created ? 1 : a.created > b.created ? -1 : 0;
  return [...rows].sort((a, b) => Number(isAlive(b)) - Number(isAlive(a)) || latest(a, b));
}
