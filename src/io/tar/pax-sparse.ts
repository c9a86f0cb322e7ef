import { fail } from '../../model/error.js';
import { limitHint } from '../../model/limits.js';
import { parseDecimal } from './decimal.js';
import { damaged, isWord, refuseNul, shownKey, shownValue, valueOf, type PaxRecord } from './pax-value.js';

/** The GNU.sparse.* records of PAX sparse formats 0.0, 0.1 and 1.0 (GNU tar manual, "Storing Sparse Files"). */
export interface SparseRecords {
  major: string;
  minor: string;
  name: Uint8Array | undefined;
  /** Bytes of `GNU.sparse.size`, else of `GNU.sparse.realsize`. */
  size: Uint8Array | undefined;
  realSize: Uint8Array | undefined;
  blocks: Uint8Array | undefined;
  /** `GNU.sparse.map` of 0.1. */
  map: Uint8Array | undefined;
  /** Alternating `GNU.sparse.offset` and `GNU.sparse.numbytes` of 0.0. */
  pairs: number[];
}

/** Returns the records of a header that said nothing yet. */
export function createSparseRecords(): SparseRecords {
  return {
    major: '',
    minor: '',
    name: undefined,
    size: undefined,
    realSize: undefined,
    blocks: undefined,
    map: undefined,
    pairs: [],
  };
}

/** Reads one record `GNU.sparse.*`, whose key goes on at `word`, into `sparse`. Throws E_TAR and E_LIMIT. */
export function readSparseRecord(sparse: SparseRecords, record: PaxRecord, word: number): void {
  const value = valueOf(record);
  const { body, context } = record;
  switch (shownKey(record, word)) {
    case 'major':
      sparse.major = shownValue(record);
      return;
    case 'minor':
      sparse.minor = shownValue(record);
      return;
    case 'name':
      refuseNul(record);
      sparse.name = value;
      return;
    case 'size':
      sparse.size = value;
      return;
    case 'realsize':
      sparse.realSize = value;
      return;
    case 'numblocks':
      sparse.blocks = value;
      return;
    case 'map':
      sparse.map = value;
      return;
    case 'offset':
    case 'numbytes': {
      const wanted = sparse.pairs.length % 2 === 0 ? 'offset' : 'numbytes';
      if (!isWord(body, word, wanted)) return damaged(context, 'sparse offsets and lengths do not alternate');
      if (sparse.pairs.length >= 2 * context.limits.sparseFragments)
        return fail(
          'E_LIMIT',
          `reading the extended header at byte ${context.offset}: more than ${context.limits.sparseFragments} sparse fragments`,
          { hint: limitHint('sparseFragments') },
        );
      sparse.pairs.push(parseDecimal(value, 0, value.length));
    }
  }
}
