import path from 'node:path';
import type { VolumeRecord } from '../container/record.js';
import type { HostFacts } from '../spec/host-facts.js';
import type { UserMount } from '../spec/user-mounts.js';

/** The user's mounts, and where their sources are once their ids are shifted. */
export interface PlacedVolumes {
  /** With sources as the runtime is to see them. */
  readonly mounts: readonly UserMount[];
  readonly volumes: readonly VolumeRecord[];
  /** As of the host facts, for those sources too, which are not mounted yet. */
  readonly kindOf: HostFacts['kindOf'];
}

/** Gives every bind mount whose source is there a place in the folder `folder`; `mountVolumes` mounts it there. */
export function placeVolumes(
  mounts: readonly UserMount[],
  folder: string,
  kindOf: HostFacts['kindOf'],
): PlacedVolumes {
  const volumes: VolumeRecord[] = [];
  const placed = mounts.map((mount): UserMount => {
    if (mount.kind !== 'bind') return mount;
    const { source, recursive, noexec } = mount;
    const kind = kindOf(source);
    if (kind === undefined) return mount;
    const place = String(volumes.length);
    volumes.push({ source, kind, place, recursive, ...(noexec ? { noexec } : {}) });
    return { ...mount, source: path.join(folder, place) };
  });
  const sourceAt = new Map(volumes.map(({ place, source }) => [path.join(folder, place), source]));
  return { mounts: placed, volumes, kindOf: (place) => kindOf(sourceAt.get(place) ?? place) };
}
