import { type Column, decodeColumns, encodeColumns } from '../index/columns.js';
import { columnReader } from '../index/index-file.js';
import type { Union } from '../union/union.js';
import type { Classified } from './waste.js';

/** Returns what is classified, without its union, as parts of one file. */
export function encodeClassified(classified: Classified): Uint8Array[] {
  const { classOf, goneIn, facetsOf, twinIn, originIn, names, copiedBy, brokenFor } = classified;
  const broken = brokenFor.flatMap((rows, i) => [...(rows ?? [])].map(([row, mask]) => [i + 1, row, mask]));
  const copies = copiedBy.flatMap((rows, i): [string, Column][] =>
    rows === undefined ? [] : [[`copiedBy${String(i + 1)}`, rows]],
  );
  return encodeColumns(undefined, {
    classOf: joined(classOf, Uint8Array),
    goneIn: joined(goneIn, Uint16Array),
    facetsOf: joined(facetsOf, Uint8Array),
    twinIn: joined(twinIn, Uint16Array),
    originIn: joined(originIn, Uint16Array),
    names: joined(names, Uint16Array),
    brokenLayer: Uint16Array.from(broken, ([layer]) => layer),
    brokenRow: Uint32Array.from(broken, ([, row]) => row),
    brokenMask: Uint8Array.from(broken, ([, , mask]) => mask),
    ...Object.fromEntries(copies),
  });
}

/** Returns what `bytes` holds of snapshot `n` of that union. Throws E_STORE. */
export function decodeClassified(bytes: Uint8Array<ArrayBuffer>, union: Union, n: number): Classified {
  const { columns } = decodeColumns(bytes);
  const column = columnReader(columns);
  const layers = union.layers.slice(0, n);
  const parts = <T extends Uint8Array | Uint16Array>(all: T): T[] => {
    let end = 0;
    return layers.map(({ count }) => all.subarray(end, (end += count)) as T);
  };
  const brokenFor: (Map<number, number> | undefined)[] = union.layers.map(() => undefined);
  const [brokenRow, brokenMask] = [column('brokenRow', Uint32Array), column('brokenMask', Uint8Array)];
  for (const [i, layer] of column('brokenLayer', Uint16Array).entries())
    (brokenFor[layer - 1] ??= new Map()).set(brokenRow[i], brokenMask[i]);
  return {
    union,
    n,
    classOf: parts(column('classOf', Uint8Array)),
    goneIn: parts(column('goneIn', Uint16Array)),
    facetsOf: parts(column('facetsOf', Uint8Array)),
    twinIn: parts(column('twinIn', Uint16Array)),
    originIn: parts(column('originIn', Uint16Array)),
    names: parts(column('names', Uint16Array)),
    copiedBy: layers.map((_, i) => {
      const name = `copiedBy${String(i + 1)}`;
      return columns.has(name) ? column(name, Uint32Array) : undefined;
    }),
    brokenFor,
  };
}

/** One column of those of all layers. */
function joined<T extends Uint8Array | Uint16Array>(parts: readonly T[], Type: new (length: number) => T): T {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}
