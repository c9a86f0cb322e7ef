/**
 * Returns as a stream what `run` writes piece by piece: each piece is handed out before its write settles, so that nothing is
 * held. `run` starts with the first pull. A reader that stops early makes the next write reject; what `run` throws ends the
 * stream.
 */
export async function* pushed(
  run: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  let offered: Offer | undefined;
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
        offered = { bytes, resolve, reject };
        if (stopped) refuse(offered);
        else notify();
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
        const { bytes, resolve } = offered;
        if (bytes.length > 0) yield bytes;
        offered = undefined;
        resolve();
      } else if (ended !== undefined) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    if ('error' in ended) throw ended.error;
  } finally {
    stopped = true;
    if (offered !== undefined) refuse(offered);
    await running;
  }
}

interface Offer {
  readonly bytes: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function refuse({ reject }: Offer): void {
  reject(new Error('the reader of the stream has stopped'));
}
