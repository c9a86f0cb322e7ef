import { string } from '@oclif/core/flags';
import { fail } from '../../model/error.js';
import type { StopOptions } from '../../runtime/container/signal.js';
import { parseSignal } from '../../runtime/spec/signals.js';
import type { Context } from '../program/context.js';

/** The flags that say how a container is stopped. */
export const STOP_FLAGS = {
  time: string({
    char: 't',
    default: '10',
    helpValue: 'SECONDS',
    summary: 'How long it gets before it is killed; -1: as long as it takes.',
  }),
  signal: string({ char: 's', summary: "Signal that asks it to stop. Default: the container's own." }),
};

/** Returns what the flags say. Throws E_USAGE. */
export function stopOptions(
  flags: { readonly time: string; readonly signal?: string | undefined },
  context: Context,
): StopOptions {
  if (!/^(?:-1|\d{1,6})$/.test(flags.time))
    fail('E_USAGE', `reading --time '${flags.time}': not a number of seconds`, { hint: 'write 10, 0 or -1' });
  return {
    seconds: Number(flags.time),
    signal: flags.signal === undefined ? undefined : parseSignal(flags.signal),
    abort: context.signal,
  };
}
