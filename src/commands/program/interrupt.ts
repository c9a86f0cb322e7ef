import { constants } from 'node:os';
import { StrataError } from '../../model/error.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The state of being asked to stop. */
export interface Interrupt {
  /** Aborts with E_INTERRUPTED on SIGINT (Ctrl-C), SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** 128 + the signal's number once one came (130 for Ctrl-C), as shells report it. */
  readonly exitCode: number | undefined;
  /** Gives the signals their usual effect back. */
  release(): void;
}

/**
 * Returns an interrupt that turns the first signal into an abort, so that work stops where it leaves nothing behind;
 * the second one ends the process at once, after `beforeExit`.
 */
export function catchInterrupts(beforeExit: () => void): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    const first = exitCode === undefined;
    exitCode ??= 128 + constants.signals[name];
    if (first) {
      controller.abort(new StrataError('E_INTERRUPTED', 'interrupted'));
      return;
    }
    beforeExit();
    process.exit(exitCode);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
