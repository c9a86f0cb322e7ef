import type { ErrorCode } from './error-codes.js';
import { fail } from './error.js';
import type { JsonNode, JsonObject, JsonValue } from './json.js';
import { limitHint, type Limits } from './limits.js';

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
      hint: limitHint('json'),
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
