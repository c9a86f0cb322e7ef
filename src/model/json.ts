import type { ErrorCode } from './error-codes.js';
import { fail } from './error.js';
import type { Limits } from './limits.js';

/**
 * A JSON value. Objects are maps, so that a key such as `__proto__` is a key like any other. A number that is not a
 * safe integer stays what it is: {@link expectSize} refuses it.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A value with the place it was found at, so that every complaint about it can name both. */
export interface JsonNode {
  /** Undefined when the key is absent. */
  readonly value: JsonValue | undefined;
  /** As in `manifests[3].digest`; '' for the document itself. */
  readonly path: string;
  /** The document, as in `manifest sha256:…`. */
  readonly what: string;
  /** The code of complaints about the value (not about the syntax, which is always E_JSON). */
  readonly code: ErrorCode;
}

/** Objects and arrays of one document: bounds the memory that a document full of `{}` takes. */
const CONTAINERS_MAX = 100_000;

/** RFC 8259 section 6. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Returns the root of the document in `bytes`. Throws E_LIMIT when it is larger than `limits.json`, and E_JSON unless it
 * is exactly one RFC 8259 value in UTF-8 without a byte order mark, at most `limits.jsonDepth` deep, with no key twice
 * in one object and no number beyond a double.
 */
export function parseJson(
  bytes: Uint8Array,
  what: string,
  limits: Pick<Limits, 'json' | 'jsonDepth'>,
  code: ErrorCode = 'E_JSON',
): JsonNode {
  if (bytes.length > limits.json)
    fail('E_LIMIT', `reading ${what}: ${bytes.length} bytes of JSON, the limit is ${limits.json}`, {
      hint: 'raise it with --limit json=BYTES if you trust the image',
    });
  const bad = (why: string): never => fail('E_JSON', `reading ${what}: ${why}`);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bad('begins with a byte order mark');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bad('not valid UTF-8');
  }
  return { value: parseText(text, limits.jsonDepth, bad), path: '', what, code };
}

function parseText(text: string, maxDepth: number, bad: (why: string) => never): JsonValue {
  let at = 0;
  let containers = 0;

  const unexpected = (): never =>
    bad(at >= text.length ? 'the JSON ends too early' : `unexpected character at offset ${at} of the JSON`);

  const skipSpace = (): void => {
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  };

  const literal = <T>(word: string, value: T): T => {
    if (!text.startsWith(word, at)) unexpected();
    at += word.length;
    return value;
  };

  const parseString = (): string => {
    const start = at;
    let escaped = false;
    for (at += 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      if (Number.isNaN(code) || code < 0x20) unexpected();
      if (code === 0x5c) {
        escaped = true;
        at += 1;
      }
    }
    at += 1;
    if (!escaped) return text.slice(start + 1, at - 1);
    try {
      return String(JSON.parse(text.slice(start, at)));
    } catch {
      return bad(`invalid escape in the string at offset ${start} of the JSON`);
    }
  };

  const parseNumber = (): number => {
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(text);
    if (match === null) return unexpected();
    const value = Number(match[0]);
    if (!Number.isFinite(value)) bad(`the number at offset ${at} of the JSON is out of range`);
    at += match[0].length;
    return value;
  };

  const enter = (depth: number): void => {
    if (depth > maxDepth) bad(`nested deeper than ${maxDepth} levels`);
    if (++containers > CONTAINERS_MAX) bad(`more than ${CONTAINERS_MAX} objects and lists`);
    at += 1;
    skipSpace();
  };

  /** True when another element follows, false when the container ended. */
  const another = (end: string): boolean => {
    skipSpace();
    if (text[at] === end) {
      at += 1;
      return false;
    }
    if (text[at] !== ',') unexpected();
    at += 1;
    skipSpace();
    return true;
  };

  const parseObject = (depth: number): JsonObject => {
    enter(depth);
    const object = new Map<string, JsonValue>();
    if (text[at] === '}') {
      at += 1;
      return object;
    }
    do {
      if (text[at] !== '"') unexpected();
      const key = parseString();
      if (object.has(key)) bad(`the key '${key.slice(0, 100)}' is there twice in one object`);
      skipSpace();
      if (text[at] !== ':') unexpected();
      at += 1;
      skipSpace();
      object.set(key, parseValue(depth));
    } while (another('}'));
    return object;
  };

  const parseArray = (depth: number): readonly JsonValue[] => {
    enter(depth);
    const array: JsonValue[] = [];
    if (text[at] === ']') {
      at += 1;
      return array;
    }
    do array.push(parseValue(depth));
    while (another(']'));
    return array;
  };

  const parseValue = (depth: number): JsonValue => {
    switch (text[at]) {
      case '{':
        return parseObject(depth + 1);
      case '[':
        return parseArray(depth + 1);
      case '"':
        return parseString();
      case 't':
        return literal('true', true);
      case 'f':
        return literal('false', false);
      case 'n':
        return literal('null', null);
      default:
        return parseNumber();
    }
  };

  skipSpace();
  const value = parseValue(0);
  skipSpace();
  if (at < text.length) bad(`data follows the JSON value at offset ${at}`);
  return value;
}

/** Says what kind of value a node holds, with its article: `a string`, `nothing`. */
export function kindOfJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return Number.isSafeInteger(value) ? 'a number' : 'a number that is not a safe integer';
    case 'boolean':
      return 'a boolean';
    default:
      return 'an object';
  }
}

/** Throws an error with the node's own code that says what was expected there instead. */
export function rejectNode(node: JsonNode, expected: string): never {
  const place = node.path === '' ? 'the document' : node.path;
  return fail(node.code, `reading ${node.what}: ${place} is ${kindOfJson(node.value)}, expected ${expected}`);
}

/** Returns the member of an object; its value is undefined when absent. Throws when the node is not an object. */
export function field(node: JsonNode, key: string): JsonNode {
  return {
    value: expectObject(node).get(key),
    path: node.path === '' ? key : `${node.path}.${key}`,
    what: node.what,
    code: node.code,
  };
}

/** True when the value is absent or null: Go's encoders write null for an empty list or map. */
export function isAbsent(node: JsonNode): boolean {
  return node.value === undefined || node.value === null;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function expectObject(node: JsonNode): JsonObject {
  return isJsonObject(node.value) ? node.value : rejectNode(node, 'an object');
}

/** Returns the elements of a list of at most `max` elements, each with its own path. Throws E_LIMIT beyond it. */
export function expectArray(node: JsonNode, max = Infinity, limit?: keyof Limits): readonly JsonNode[] {
  const value = node.value;
  if (!Array.isArray(value)) return rejectNode(node, 'a list');
  const elements: readonly JsonValue[] = value;
  if (elements.length > max)
    fail(
      'E_LIMIT',
      `reading ${node.what}: ${node.path} has ${elements.length} elements, the limit is ${max}`,
      limit === undefined ? {} : { hint: `raise it with --limit ${limit}=COUNT if you trust the image` },
    );
  return elements.map((element, index) => ({
    value: element,
    path: `${node.path}[${index}]`,
    what: node.what,
    code: node.code,
  }));
}

export function expectString(node: JsonNode): string {
  return typeof node.value === 'string' ? node.value : rejectNode(node, 'a string');
}

/** Returns the string, or undefined when absent or null. */
export function optionalString(node: JsonNode): string | undefined {
  return isAbsent(node) ? undefined : expectString(node);
}

/** Returns a safe integer from 0. */
export function expectSize(node: JsonNode): number {
  const value = node.value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : rejectNode(node, 'a size in bytes');
}

/** Returns a map of strings; empty when absent or null. */
export function stringMap(node: JsonNode): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  if (isAbsent(node)) return result;
  for (const key of expectObject(node).keys()) result.set(key, expectString(field(node, key)));
  return result;
}

/**
 * Returns the value as `JSON.parse` would give it, for output; objects have no prototype, so that `__proto__` is data.
 */
export function toPlainJson(value: JsonValue | undefined): unknown {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(toPlainJson);
  if (!isJsonObject(value)) return value;
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of value) plain[key] = toPlainJson(inner);
  return plain;
}
