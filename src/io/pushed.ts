/**
 * Returns as a stream what `run` writes piece by piece: each piece is handed out before its write settles, so that nothing is
 * held. `run` starts with the first pull. A reader that stops early makes the next write reject; what `run` throws ends the
 * stream.
 */
export async function* pushed(
  run: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  let offered: { readonly bytes: Uint8Array; readonly taken: () => void } | undefined;
  let wake: (() => void) | undefined;
  let stopped = false;
  let ended: { readonly error?: unknown } | undefined;
  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  const running = run(
    (bytes) =>
      new Promise((resolve, reject) => {
        if (stopped) {
          reject(new Error('the reader of the stream has stopped'));
          return;
        }
        offered = { bytes, taken: resolve };
        notify();
      }),
  ).then(
    () => {
      ended = {};
      notify();
    },
    (error: unknown) => {
      ended = { error };
      notify();
    },
  );
  try {
    for (;;) {
      if (offered !== undefined) {
        const { bytes, taken } = offered;
        offered = undefined;
        if (bytes.length > 0) yield bytes;
        taken();
      } else if (ended !== undefined) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    if ('error' in ended) throw ended.error;
  } finally {
    stopped = true;
    offered?.taken();
    await running;
  }
}
