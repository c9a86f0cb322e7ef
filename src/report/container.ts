import { formatPlatform, type Platform } from '../model/platform.js';
import { formatBytes } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { formatFields } from './table.js';

/** Everything that `inspect` shows of a container; the fields are those of its JSON. */
export interface ShownContainer {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly image: {
    readonly asked: string;
    readonly name: string;
    readonly layer: number;
    readonly layers: number;
    readonly diffIDs: readonly string[];
  };
  readonly platform: Platform | null;
  readonly status: 'created' | 'running' | 'paused' | 'exited';
  readonly pid: number | null;
  readonly started: string | null;
  readonly exit: { readonly status: number; readonly finished: string; readonly oom: boolean } | null;
  readonly command: readonly string[];
  readonly directory: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly env: readonly string[];
  readonly hostname: string | null;
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly remove: boolean;
  readonly stopSignal: number;
  readonly engine: { readonly kind: string; readonly program: string };
  readonly readOnly: boolean;
  readonly network: 'none' | 'host';
  readonly mounts: readonly ShownMount[];
  readonly limits: ShownLimits;
  readonly idMap: readonly { readonly containerID: number; readonly hostID: number; readonly size: number }[];
  readonly paths: {
    readonly root: string;
    readonly log: string;
    readonly upper: string;
    readonly bundle: string;
    readonly snapshot: string;
  };
}

export interface ShownMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Bytes, microseconds and numbers; null where there is no limit. */
export interface ShownLimits {
  readonly memory: number | null;
  readonly memorySwap: number | null;
  readonly cpuQuota: number | null;
  readonly cpuPeriod: number | null;
  readonly cpuShares: number | null;
  readonly cpusetCpus: string | null;
  readonly pids: number | null;
}

/** The parts of OCI resources (config-linux.md) that are shown. */
interface Resources {
  readonly memory?: { readonly limit?: number; readonly swap?: number };
  readonly cpu?: {
    readonly quota?: number;
    readonly period?: number;
    readonly shares?: number;
    readonly cpus?: string;
  };
  readonly pids?: { readonly limit: number };
}

/** Returns what of a container's resources is limited. */
export function limitsJson({ memory, cpu, pids }: Resources): ShownLimits {
  return {
    memory: memory?.limit ?? null,
    memorySwap: memory?.swap ?? null,
    cpuQuota: cpu?.quota ?? null,
    cpuPeriod: cpu?.period ?? null,
    cpuShares: cpu?.shares ?? null,
    cpusetCpus: cpu?.cpus ?? null,
    pids: pids?.limit ?? null,
  };
}

/** What every container has. */
const USUAL = /^\/(?:proc|sys|dev)(?:\/|$)|^\/etc\/(?:hosts|hostname|resolv\.conf)$/;

/** Returns the mounts that somebody asked for. */
export function ownMounts(mounts: readonly ShownMount[]): readonly ShownMount[] {
  return mounts
    .filter(({ destination }) => !USUAL.test(destination))
    .map(({ destination, type, source, options }) => ({ destination, type, source, options }));
}

/** Returns the lines that show a container to people. */
export function containerFields(shown: ShownContainer, palette: Palette): string[] {
  const fields: (readonly [string, Cell | readonly Cell[]])[] = [];
  const add = (label: string, value: Cell | readonly Cell[] | undefined): void => {
    if (value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0))
      fields.push([label, value]);
  };
  const { image, user, idMap, paths } = shown;
  add('Container', { text: shown.name, style: palette.emphasis });
  add('ID', shown.id);
  add('Status', statusText(shown));
  add('PID', shown.pid?.toString());
  add('Created', shown.created);
  add('Image', image.name);
  add('Snapshot', `after layer ${String(image.layer)} of ${String(image.layers)}`);
  add('Platform', shown.platform === null ? undefined : formatPlatform(shown.platform));
  add('Command', JSON.stringify(shown.command));
  add('Directory', shown.directory);
  add('User', [user.uid, user.gid, ...user.additionalGids].join(':'));
  add('Env', shown.env);
  add('Host name', shown.hostname ?? undefined);
  add('Terminal', shown.terminal ? 'yes' : undefined);
  add('Removed', shown.remove ? 'when it ends' : undefined);
  add('Root', shown.readOnly ? 'read-only' : undefined);
  add('Network', shown.network);
  add('Mounts', shown.mounts.map(mountText));
  add('Limits', limitTexts(shown.limits));
  add(
    'Ids',
    idMap.map(
      ({ containerID, hostID, size }) => `${range(containerID, size)} are ${range(hostID, size)} here`,
    ),
  );
  add('Runtime', shown.engine.program);
  add('Log', paths.log);
  add('Wrote', paths.upper);
  return formatFields(fields, palette.heading);
}

function statusText({ status, started, exit }: ShownContainer): string {
  if (status !== 'exited') return started === null ? status : `${status} since ${started}`;
  if (exit === null) return 'exited, nobody saw how';
  return `exited (${String(exit.status)}${exit.oom ? ', out of memory' : ''}) at ${exit.finished}`;
}

function mountText({ destination, type, source, options }: ShownMount): string {
  const from = type === 'tmpfs' ? 'tmpfs' : source;
  return `${destination} from ${from} (${options.join(',')})`;
}

function limitTexts(limits: ShownLimits): string[] {
  const { memory, memorySwap, cpuQuota, cpuPeriod, cpuShares, cpusetCpus, pids } = limits;
  const texts = [
    memory === null ? '' : `memory ${formatBytes(memory, false)}`,
    memorySwap === null ? '' : `memory and swap ${formatBytes(memorySwap, false)}`,
    cpuQuota === null ? '' : `${String(cpuQuota)} of each ${String(cpuPeriod ?? 100_000)} microseconds`,
    cpuShares === null ? '' : `${String(cpuShares)} cpu shares`,
    cpusetCpus === null ? '' : `processors ${cpusetCpus}`,
    pids === null ? '' : `${String(pids)} processes`,
  ];
  return texts.filter((text) => text !== '');
}

function range(first: number, size: number): string {
  return size === 1 ? String(first) : `${String(first)}-${String(first + size - 1)}`;
}
