import { parentPort } from 'node:worker_threads';
import { STOP, type WorkerMessage } from '../../io/pool.js';
import { toErrorRecord } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { decodeIndex } from '../index/index-file.js';
import { type FileMaker, type FilesPlace, type LayerFiles, makeFiles } from './layer-files.js';

/** Files of a layer to be made, as a plain value, which crosses to a thread. */
export interface FilesJob<Settings> {
  readonly files: Omit<LayerFiles, 'index'>;
  /** In its file form. */
  readonly index: Uint8Array<ArrayBuffer>;
  readonly place: FilesPlace;
  readonly limits: Limits;
  readonly settings: Settings;
}

/** Returns what makes files with these settings, and tells of the bytes that it writes. */
export type BeginFiles<Settings, Made> = (
  settings: Settings,
  onBytes: (count: number) => void,
) => FileMaker<Made>;

const REPORT_BYTES = 4 * 1024 * 1024;

/** Has this thread make the files of each job that it is sent, until it is sent {@link STOP}. */
export function serveFiles<Settings, Made>(begin: BeginFiles<Settings, Made>): void {
  const post = (message: WorkerMessage<Made, number>): void => parentPort?.postMessage(message);
  let stop = new AbortController();
  parentPort?.on('message', (message: FilesJob<Settings> | typeof STOP) => {
    if (message === STOP) {
      stop.abort();
      return;
    }
    stop = new AbortController();
    const { files, index, place, limits, settings } = message;
    let unreported = 0;
    const report = (): void => {
      post({ type: 'report', report: unreported });
      unreported = 0;
    };
    const maker = begin(settings, (count) => {
      unreported += count;
      if (unreported >= REPORT_BYTES) report();
    });
    makeFiles({ ...files, index: decodeIndex(index) }, place, maker, { limits, signal: stop.signal }).then(
      (result) => {
        report();
        post({ type: 'result', result });
      },
      (error: unknown) => {
        post({ type: 'error', error: toErrorRecord(error) });
      },
    );
  });
}
