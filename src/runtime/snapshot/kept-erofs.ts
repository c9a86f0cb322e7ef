import type { IndexedLayer } from '../../layers/index/index-image.js';
import { ofUnionKey } from '../../layers/union/union-file.js';
import type { Union } from '../../layers/union/union.js';
import { readDerived, writeDerived } from '../../store/derived.js';
import type { Store } from '../../store/store.js';
import type { ErofsDevice } from '../erofs/devices.js';
import { encodeErofs, type ErofsImage } from '../erofs/encode.js';
import type { LeftOut, LeftOutReason, LeftOutThings } from '../erofs/left-out.js';

/** Bytes above which an image is made anew each time: of a large image there may be one for each of its snapshots. */
const MOST_KEPT = 16 * 1024 * 1024;

/** What of an image is no part of its bytes. */
interface Head {
  readonly devices: readonly ErofsDevice[];
  readonly left: readonly (readonly [LeftOutReason, LeftOutThings])[];
}

/**
 * Returns the EROFS image of snapshot `n`, encoded once for the same layers and kept in the store unless it is large. Throws
 * what {@link encodeErofs} throws.
 */
export async function keptErofs(
  store: Store,
  { layers, union }: { readonly layers: readonly IndexedLayer[]; readonly union: Union },
  n: number,
): Promise<ErofsImage> {
  const key = ofUnionKey(layers.slice(0, n).map(({ index }) => index));
  const kept = await readDerived(store, 'erofs', key);
  if (kept !== undefined) return decode(kept);
  const image = encodeErofs(union, n);
  if (image.bytes > MOST_KEPT) return image;
  const parts = [...image.parts];
  await writeDerived(store, 'erofs', key, [encodeHead(image), ...parts]);
  return { ...image, parts };
}

/** The length of the JSON (u32, little-endian), and the JSON. */
function encodeHead({ devices, left }: ErofsImage): Uint8Array {
  const head: Head = { devices, left: [...left] };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json]);
}

function decode(bytes: Uint8Array<ArrayBuffer>): ErofsImage {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = 4 + whole.readUInt32LE();
  const { devices, left } = JSON.parse(whole.toString('utf8', 4, end)) as Head;
  const image = whole.subarray(end);
  return { bytes: image.length, parts: [image], devices, left: new Map(left) satisfies LeftOut };
}
