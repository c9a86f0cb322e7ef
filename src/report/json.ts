import { encodeName, isUtf8Name } from '../model/name.js';
import { escapeForTerminal } from './escape.js';

/** The version of every JSON object strata prints; it changes when a field changes its meaning or goes away. */
const SCHEMA_VERSION = 1;

/** Bytes that are no text, in JSON. */
export interface BytesJson {
  readonly bytes: string;
}

/** Returns bytes as JSON shows them: `{"bytes": base64}`. */
export function bytesJson(bytes: Uint8Array): BytesJson {
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

/** The fields that {@link nameJson} gives for the key `K`. */
export type NameJson<K extends string> = Readonly<
  Record<K, string> & Partial<Record<`${K}Bytes`, BytesJson>>
>;

/**
 * Returns the fields that say one name, to be spread into an object: `{path: text}` when its bytes are UTF-8, exactly
 * as they are; else `path` is the escaped text for people and `pathBytes` has the bytes, which alone say the name.
 */
export function nameJson(name: string): NameJson<'path'>;
export function nameJson<K extends string>(name: string, key: K): NameJson<K>;
export function nameJson(name: string, key = 'path'): Record<string, unknown> {
  if (isUtf8Name(name)) return { [key]: name };
  return { [key]: escapeForTerminal(name), [`${key}Bytes`]: bytesJson(encodeName(name)) };
}

/**
 * Returns the fields of {@link nameJson} followed by others, for the items of long lists: V8 makes
 * `{...nameJson(name), size}` twenty times slower than this.
 */
export function namedJson<T extends object>(name: string, fields: T): NameJson<'path'> & T {
  return Object.assign(nameJson(name), fields);
}

/** Returns an object without prototype that has the map's entries, sorted by key, so that any key is just a key. */
export function sortedObject<V>(entries: Iterable<readonly [string, V]>): Record<string, V> {
  const object = Object.create(null) as Record<string, V>;
  for (const [key, value] of [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    object[key] = value;
  return object;
}

/** What a JSON string may hold but a terminal must not get: DEL, C1, and everything hidden. Astral ones come as pairs. */
const UNSAFE = /[\x7f-\x9f]|[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Returns JSON text of a value: Maps as sorted objects, Sets as arrays, Uint8Arrays as {@link bytesJson}, bigints as
 * numbers (as decimal strings when not safe), strings that are no Unicode (names that are not UTF-8) escaped. Control and invisible characters in strings are written as `\uNNNN`,
 * which any reader of JSON undoes, so that the text is safe on a terminal and exact for programs.
 */
export function jsonText(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, replace, indent) as string | undefined;
  return (text ?? 'null').replace(UNSAFE, escapeUnits);
}

function replace(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'string') return isUtf8Name(value) ? value : escapeForTerminal(value);
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) return sortedObject(stringKeys(value));
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  if (value instanceof Uint8Array) return bytesJson(value);
  // Buffer.toJSON has been called by now; the holder still has the bytes.
  const original: unknown =
    'type' in value && typeof this === 'object' && this !== null ? Reflect.get(this, key) : value;
  return original instanceof Uint8Array ? bytesJson(original) : value;
}

function stringKeys(map: ReadonlyMap<unknown, unknown>): (readonly [string, unknown])[] {
  return [...map].map(([key, value]) => [printableKey(String(key)), value] as const);
}

function printableKey(key: string): string {
  return isUtf8Name(key) ? key : escapeForTerminal(key);
}

function escapeUnits(char: string): string {
  let out = '';
  for (let i = 0; i < char.length; i++) out += `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
}

/** Returns the object with `schemaVersion` before its own fields. */
export function envelope<T extends object>(fields: T): { readonly schemaVersion: number } & T {
  return { schemaVersion: SCHEMA_VERSION, ...fields };
}

/** Parts of the JSON text of an object that ends with a long list and what is known after it. */
export interface JsonList {
  /** Up to the first item. */
  readonly begin: string;
  /** The next item, on a line of its own. */
  item(value: unknown): string;
  /** After the last item: `tail` has totals and anomalies. */
  end(tail: object): string;
}

/** Returns the parts of `{schemaVersion, ...head, [key]: [items], ...tail}`, to be written one by one. */
export function openJsonList(head: object, key: string): JsonList {
  let separator = '\n';
  return {
    begin: `${jsonText(envelope(head)).slice(0, -1)},${jsonText(key)}:[`,
    item(value) {
      const text = separator + jsonText(value);
      separator = ',\n';
      return text;
    },
    end(tail) {
      const rest = jsonText(tail).slice(1);
      return `\n]${rest === '}' ? '' : ','}${rest}\n`;
    },
  };
}

/**
 * Yields the JSON text of `{schemaVersion, ...head, [key]: [items], ...tail()}` in parts, one line per item, so that
 * a list of any length is never held whole. `tail` is asked for after the last item: totals and anomalies.
 */
export function* jsonList(
  head: object,
  key: string,
  items: Iterable<unknown>,
  tail: () => object = () => ({}),
): Generator<string> {
  const list = openJsonList(head, key);
  yield list.begin;
  for (const item of items) yield list.item(item);
  yield list.end(tail());
}
