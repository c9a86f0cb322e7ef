import type { Union } from '../../layers/union/union.js';
import { digestHex } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { blocksOf, type DeviceSlot, NO_BLOCK } from './format.js';

/** A file that `device=` names when the image is mounted. */
export type ErofsDevice = LayerDevice | SparseDevice;

/** The plain tar of a layer, counted from 1. */
export interface LayerDevice {
  readonly kind: 'layer';
  readonly layer: number;
  readonly bytes: number;
}

/** A file that holds sparse files expanded, with holes of its own: see `fillSparseDevice`. */
export interface SparseDevice {
  readonly kind: 'sparse';
  readonly bytes: number;
  readonly files: readonly ExpandedFile[];
}

/** A sparse file whose first byte is at `offset` of the device. */
export interface ExpandedFile {
  readonly layer: number;
  readonly row: number;
  readonly offset: number;
}

/** Where a file's data are: in the image itself, in a layer (its number), or in the sparse device. */
export const HOME = { image: 0, sparse: -1 } as const;

/** The blocks of the image and of all devices, one after the other. */
export interface AddressSpace {
  readonly slots: readonly DeviceSlot[];
  /** First block of a {@link HOME}. */
  startOf(home: number): number;
}

/** EROFS counts devices in 16 bits. */
const MOST_DEVICES = 65_535;

/** Returns the addresses of all data. Throws E_LIMIT when there are more than 32 bits have room for. */
export function layOutDevices(
  union: Union,
  imageBlocks: number,
  dataStart: number,
  devices: readonly ErofsDevice[],
): AddressSpace {
  const starts = new Map<number, number>([[HOME.image, dataStart]]);
  const slots: DeviceSlot[] = [];
  let start = imageBlocks;
  for (const device of devices) {
    const blocks = blocksOf(device.bytes);
    const isLayer = device.kind === 'layer';
    starts.set(isLayer ? device.layer : HOME.sparse, start);
    slots.push({ tag: isLayer ? digestHex(union.layers[device.layer - 1].diffID) : 'sparse', blocks, start });
    start += blocks;
  }
  if (start > NO_BLOCK || devices.length > MOST_DEVICES)
    fail(
      'E_LIMIT',
      `laying out an EROFS image: ${String(devices.length)} devices of ${String(start)} blocks, over the ${String(NO_BLOCK)} that it can address`,
      { hint: 'extract the layers instead' },
    );
  return { slots, startOf: (home) => starts.get(home) ?? 0 };
}
