import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.js';

/** An object of a JSON document that is being changed: keys keep their place, unknown ones stay. */
export type EditableObject = Map<string, JsonValue>;

/** Returns a copy to change, empty where the value is no object. */
export function editable(value: JsonValue | undefined): EditableObject {
  return new Map(isJsonObject(value) ? value : []);
}

/** Returns the strings of a list; what is no string, or no list, is not in it. */
export function textsIn(value: JsonValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).filter((item) => typeof item === 'string');
}

/** Returns the string, '' for anything else. */
export function textIn(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export const EMPTY_OBJECT: JsonObject = new Map();
