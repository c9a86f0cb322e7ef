import type { BinaryDetail } from '../layers/contents/binary-diff.js';
import type { ElfDifference, Resized } from '../layers/contents/elf-difference.js';
import { archiveJson } from './archive-diff.js';
import { cappedJson } from './capped.js';
import { bytesJson, nameJson } from './json.js';

/** Returns how two contents differ that are no text, for JSON. Text of the contents in it (kinds) is raw. */
export function binaryJson(detail: BinaryDetail): object {
  const { kinds, sizes, firstDifference, window, elf, archive } = detail;
  return {
    kind: 'binary',
    kinds: { before: kinds[0] ?? null, after: kinds[1] ?? null },
    sizes: { before: sizes[0], after: sizes[1] },
    firstDifference,
    window: { offset: window.offset, before: bytesJson(window.before), after: bytesJson(window.after) },
    elf: elf === undefined ? null : elfJson(elf),
    archive: archive === undefined ? null : archiveJson(archive),
  };
}

function elfJson({ sections, symbols, buildIds, onlyBuildId }: ElfDifference): object {
  const named = ({ name, size }: { name: string; size: number }): object => withName(name, { size });
  const resized = ({ name, before, after }: Resized): object => withName(name, { before, after });
  return {
    buildIds: { before: buildIds[0] ?? null, after: buildIds[1] ?? null },
    onlyBuildId,
    sections: {
      added: cappedJson(sections.added, named),
      removed: cappedJson(sections.removed, named),
      changed: cappedJson(sections.changed, resized),
    },
    symbols: {
      added: cappedJson(symbols.added, named),
      removed: cappedJson(symbols.removed, named),
      resized: cappedJson(symbols.resized, resized),
      left: symbols.left,
    },
  };
}

function withName(name: string, fields: object): object {
  return { ...nameJson(name, 'name'), ...fields };
}
