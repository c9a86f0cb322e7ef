import { StrataError } from '../../model/error.js';

/**
 * The file form of columns: loaded without parsing. `u32 length of the JSON header`, the header (`meta`, and per column
 * its name, type, element count and byte offset), padding, then each column's raw little-endian bytes at a multiple of 8.
 */

export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

const TYPES = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f64: Float64Array,
} as const;
type TypeName = keyof typeof TYPES;

interface ColumnPlace {
  readonly name: string;
  readonly type: TypeName;
  readonly count: number;
  readonly offset: number;
}

interface Header {
  readonly meta: unknown;
  readonly columns: readonly ColumnPlace[];
}

/** Returns the parts to write one after the other; column memory is not copied. */
export function encodeColumns(meta: unknown, columns: Readonly<Record<string, Column>>): Uint8Array[] {
  const places: ColumnPlace[] = [];
  const bodies: Uint8Array[] = [];
  let offset = 0;
  for (const [name, column] of Object.entries(columns)) {
    places.push({ name, type: typeOf(column), count: column.length, offset });
    bodies.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    const padding = -column.byteLength & 7;
    if (padding > 0) bodies.push(new Uint8Array(padding));
    offset += column.byteLength + padding;
  }
  const header = Buffer.from(JSON.stringify({ meta, columns: places } satisfies Header));
  const start = (4 + header.length + 7) & ~7;
  const head = new Uint8Array(start);
  new DataView(head.buffer).setUint32(0, header.length, true);
  head.set(header, 4);
  return [head, ...bodies];
}

/** Returns views on `bytes` (which must start at a multiple of 8 of its buffer). Throws E_STORE when it does not fit. */
export function decodeColumns(bytes: Uint8Array<ArrayBuffer>): {
  meta: unknown;
  columns: ReadonlyMap<string, Column>;
} {
  try {
    const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const header = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset + 4, headerLength).toString(),
    ) as Header;
    const base = bytes.byteOffset + ((4 + headerLength + 7) & ~7);
    const columns = new Map<string, Column>();
    for (const { name, type, count, offset } of header.columns) {
      const Type = TYPES[type];
      if (base + offset + count * Type.BYTES_PER_ELEMENT > bytes.byteOffset + bytes.byteLength)
        throw new RangeError(`column ${name} ends beyond the file`);
      columns.set(name, new Type(bytes.buffer, base + offset, count));
    }
    return { meta: header.meta, columns };
  } catch (error) {
    throw new StrataError(
      'E_STORE',
      `reading columns: ${error instanceof Error ? error.message : 'malformed'}`,
      {
        cause: error,
      },
    );
  }
}

function typeOf(column: Column): TypeName {
  if (column instanceof Uint8Array) return 'u8';
  if (column instanceof Uint16Array) return 'u16';
  if (column instanceof Uint32Array) return 'u32';
  return column instanceof Int32Array ? 'i32' : 'f64';
}
