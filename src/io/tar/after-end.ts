import type { AnomalyLog } from '../../model/anomaly.js';
import { decodeName } from '../../model/name.js';
import { BLOCK, checkBlock, endOfText, LENGTH } from './format.js';

/** Looks for what lies behind the end-of-archive marker, where Docker, Go and GNU tar no longer look. */
export interface AfterEnd {
  /** Takes the bytes [start, end) of `chunk`, the next ones behind the marker. */
  push(chunk: Uint8Array, start: number, end: number): void;
  /** True when nothing more can be learnt. */
  settled(): boolean;
  /** Judges a last, partial block. */
  end(): void;
}

const ZEROS = new Uint8Array(64 * 1024);

/** Returns a watcher for the bytes from `offset` of the tar on; whole blocks are counted from there. */
export function createAfterEnd(offset: number, anomalies: AnomalyLog): AfterEnd {
  const block = new Uint8Array(BLOCK);
  const words = new Int32Array(block.buffer);
  let filled = 0;
  let position = offset;
  let sawData = false;
  let sawMember = false;

  function judge(): void {
    filled = 0;
    // The rest of a chunk may come after all is known; what it is cut into must not matter.
    if (sawMember) return;
    const check = checkBlock(block, 0, words, 0);
    if (check === 'invalid') data(position);
    else if (check !== 'zero') {
      sawMember = true;
      const name = decodeName(block.subarray(0, endOfText(block, 0, LENGTH.name)));
      anomalies.add('tar-members-after-end', `byte ${position}`, name);
    }
    position += BLOCK;
  }

  function data(at: number): void {
    if (!sawData) anomalies.add('tar-data-after-end', `byte ${at}`);
    sawData = true;
  }

  return {
    settled: () => sawMember,
    push(chunk, start, end) {
      let at = start;
      while (at < end && !sawMember) {
        // Most archives are filled up with zeros to 10 KiB or a megabyte: compared at memory speed.
        const run = filled > 0 ? 0 : Math.min(ZEROS.length, end - at - ((end - at) % BLOCK));
        if (run > 0 && Buffer.compare(chunk.subarray(at, at + run), ZEROS.subarray(0, run)) === 0) {
          at += run;
          position += run;
          continue;
        }
        const stop = run > 0 ? at + run : end;
        while (at < stop) {
          const taken = Math.min(BLOCK - filled, stop - at);
          block.set(chunk.subarray(at, at + taken), filled);
          at += taken;
          filled += taken;
          if (filled === BLOCK) judge();
        }
      }
    },
    end() {
      if (!sawMember && block.subarray(0, filled).some((byte) => byte !== 0)) data(position);
    },
  };
}
