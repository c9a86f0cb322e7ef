import { KIND } from '../../model/entry.js';
import type { DeletedFile } from '../search/find.js';
import { type Inode, inodeOf, leavesFile, liveTouch, type Union } from '../union/union.js';

/** A place where the content of a hidden version is again. */
export interface Leak {
  readonly node: number;
  /** The layer that put it there. */
  readonly layer: number;
  /** Whether the snapshot shows it; else a layer holds it and a later one hid it too. */
  readonly shown: boolean;
}

/**
 * Returns a function that tells where the content of a version that snapshot `n` hides still or again is: at a path the
 * snapshot shows, else in the topmost layer that is not below the one that hid the version; undefined where it is
 * nowhere, and for what has no content. One pass over the digests of all layers and one over all touches, no text made.
 */
export function findLeaks(union: Union, n: number): (version: DeletedFile) => Leak | undefined {
  const contents = numberContents(union, n);
  const { layer } = union.touches;
  /** 1 + a live touch and its node, by content. */
  const shown = new Uint32Array(contents.count);
  const shownNode = new Uint32Array(contents.count);
  /** 1 + the topmost touch and the next one, and their nodes. */
  const top = new Uint32Array(contents.count);
  const topNode = new Uint32Array(contents.count);
  const next = new Uint32Array(contents.count);
  const nextNode = new Uint32Array(contents.count);
  for (let node = 0; node < union.paths.count; node++) {
    const live = liveTouch(union, node, n);
    for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++) {
      if (layer[touch] > n || !leavesFile(union, touch)) continue;
      const inode = inodeOf(union, touch);
      const content = inode === undefined ? -1 : contents.of(inode);
      if (content < 0) continue;
      if (touch === live && shown[content] === 0) {
        shown[content] = touch + 1;
        shownNode[content] = node;
      }
      if (top[content] === 0 || layer[touch] > layer[top[content] - 1]) {
        next[content] = top[content];
        nextNode[content] = topNode[content];
        top[content] = touch + 1;
        topNode[content] = node;
      } else if (next[content] === 0 || layer[touch] > layer[next[content] - 1]) {
        next[content] = touch + 1;
        nextNode[content] = node;
      }
    }
  }
  return ({ file: { inode, touch }, goneIn }) => {
    const content = inode === undefined ? -1 : contents.of(inode);
    if (content < 0) return undefined;
    if (shown[content] !== 0)
      return { node: shownNode[content], layer: layer[shown[content] - 1], shown: true };
    const isTop = top[content] === touch + 1;
    const other = (isTop ? next : top)[content];
    if (other === 0 || layer[other - 1] < goneIn) return undefined;
    return { node: (isTop ? nextNode : topNode)[content], layer: layer[other - 1], shown: false };
  };
}

interface Contents {
  readonly count: number;
  /** Number of the content of an entry, the same for the same digest in any layer; -1 for what has no bytes. */
  of(inode: Inode): number;
}

/** Contents choose their digests only by trial, but then they could choose their slots. */
const SEED = (Math.random() * 0xffffffff) >>> 0;
const EMPTY = 0xffffffff;
const DIGEST_BYTES = 32;

/** Numbers the digests of the layers 1 to `n` in the order they come, equal ones alike. */
function numberContents(union: Union, n: number): Contents {
  const layers = union.layers.slice(0, n);
  const total = layers.reduce((sum, { digests }) => sum + digests.length / DIGEST_BYTES, 0);
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, total * 1.5))) - 1;
  const slots = new Uint32Array(mask + 1).fill(EMPTY);
  const firstLayer = new Uint16Array(total);
  const firstOffset = new Float64Array(total);
  let count = 0;
  const numbers = layers.map(({ digests }, position) => {
    const own = new Uint32Array(digests.length / DIGEST_BYTES);
    for (let i = 0; i < own.length; i++) {
      const offset = i * DIGEST_BYTES;
      let slot = slotOf(digests, offset) & mask;
      for (; slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
        const known = slots[slot];
        if (sameBytes(digests, offset, layers[firstLayer[known]].digests, firstOffset[known])) break;
      }
      if (slots[slot] === EMPTY) {
        firstLayer[count] = position;
        firstOffset[count] = offset;
        slots[slot] = count++;
      }
      own[i] = slots[slot];
    }
    return own;
  });
  return {
    count,
    of({ layer, row }) {
      const { kind, content } = union.layers[layer - 1].columns;
      return kind[row] !== KIND.file || content[row] === 0 ? -1 : numbers[layer - 1][content[row] - 1];
    },
  };
}

function slotOf(bytes: Uint8Array, offset: number): number {
  let hash = SEED;
  for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ bytes[offset + i], 0x01000193) ^ (hash >>> 15);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function sameBytes(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 0; i < DIGEST_BYTES; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
