declare module 'zstd-codec' {
  /** Only what the test uses; the package has no types of its own. */
  export const ZstdCodec: {
    run(
      ready: (zstd: {
        Simple: new () => { compress(bytes: Uint8Array, level: number): Uint8Array | null };
      }) => void,
    ): void;
  };
}
