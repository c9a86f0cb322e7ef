import type { WasteCause, WasteSums } from '../layers/waste/waste.js';
import { nameJson } from './json.js';
import type { WasteFormat } from './waste.js';

/** Returns sums as JSON has them. */
export function sumsJson(sums: WasteSums): object {
  const { bytes, contentBytes, wastedBytes, wastedCompressedBytes } = sums;
  return { bytes, contentBytes, wastedBytes, wastedCompressedBytes: wastedCompressedBytes ?? null };
}

export function classesJson({ classes }: WasteSums): object[] {
  return classes.map((sum) => ({ ...sum, compressedBytes: sum.compressedBytes ?? null }));
}

export function causeJson(found: WasteCause, { instruction }: Pick<WasteFormat, 'instruction'>): object {
  const { cause, layer, originLayer, otherLayer, cache, copy } = found;
  const { bytes, entries, compressedBytes, base, fix } = found;
  return {
    cause,
    bytes,
    entries,
    compressedBytes: compressedBytes ?? null,
    layer,
    instruction: instruction(layer),
    originLayer,
    originInstruction: instruction(originLayer),
    otherLayer: otherLayer ?? null,
    otherInstruction: otherLayer === undefined ? null : instruction(otherLayer),
    cache: cache ?? null,
    copy: copy ?? null,
    base,
    fix,
    paths: found.paths.map(({ path, bytes: size }) => ({ ...nameJson(path), bytes: size })),
  };
}
