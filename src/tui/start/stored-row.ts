/** An image of the store or of a file, as the list has it that an explorer begins with. */
export interface StoredRow {
  /** As a user names it; raw text. */
  readonly name: string;
  /** How it is opened. */
  readonly image: string;
  readonly layers: number | undefined;
  /** Bytes of the layers as stored. */
  readonly stored: number | undefined;
  readonly platform: string | undefined;
  /** Nanoseconds since 1970; undefined: not said. */
  readonly created: bigint | undefined;
}
