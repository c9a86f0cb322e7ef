import type { ErrorCode } from './error-codes.js';
import { fail } from './error.js';
import { limitHint, type Limits } from './limits.js';

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
      limit === undefined ? {} : { hint: limitHint(limit) },
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
