import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';

const FOLDER = path.join(import.meta.dirname, '../../docs/schema');

/** Strict: a keyword that it does not know throws. Types stand behind references, where it does not look for them. */
const ajv = new Ajv2020({ strict: true, strictTypes: false });
for (const file of readdirSync(FOLDER))
  ajv.addSchema(JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as AnySchemaObject, file);

/** Returns what is wrong first with the value by docs/schema/`file` (draft 2020-12); nothing when it is valid. */
export function schemaErrors(file: string, value: unknown): string[] {
  const validate = ajv.getSchema(file);
  if (validate === undefined) throw new Error(`${file} is not in docs/schema`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `$${instancePath}: ${message ?? 'not valid'}`,
  );
}
