/** One extent of a user namespace's map (user_namespaces(7)), in the terms of the OCI runtime specification. */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  /** How many ids follow on each other. */
  readonly size: number;
}

/** Maps of one namespace; none at all means that ids are those of the host. */
export type IdMap = readonly IdMapping[];

/** Returns the id inside that the host sees as `hostID`, or undefined when none is mapped to it. */
export function idInside(map: IdMap, hostID: number): number | undefined {
  if (map.length === 0) return hostID;
  for (const extent of map)
    if (hostID >= extent.hostID && hostID < extent.hostID + extent.size)
      return extent.containerID + (hostID - extent.hostID);
  return undefined;
}

/** Returns the id by which the host knows `containerID`, or undefined when it is not mapped. */
export function idOutside(map: IdMap, containerID: number): number | undefined {
  if (map.length === 0) return containerID;
  for (const extent of map)
    if (containerID >= extent.containerID && containerID < extent.containerID + extent.size)
      return extent.hostID + (containerID - extent.containerID);
  return undefined;
}
