/** The place of one among others that begin one after the other. */
export interface Turn {
  /** Settles when all before it have begun, or need not. */
  readonly come: Promise<void>;
  /** To be called when it has begun, or need not; again it changes nothing. */
  readonly pass: () => void;
}

/** Returns what gives turns in the order in which it is called. */
export function createTurns(): () => Turn {
  let before: Promise<void> = Promise.resolve();
  return () => {
    let pass: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => (pass = resolve));
    const come = before;
    before = come.then(() => passed);
    return { come, pass };
  };
}
