/** What JSON can hold; a class instance or undefined inside would come back as something else. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Returns the JSON value the bytes hold, undefined when they hold none. Its shape is for the caller to check. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Returns the bytes of a JSON value. */
export function encodeJson(value: Json): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
