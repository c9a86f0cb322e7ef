import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The keywords of JSON Schema draft 2020-12 that docs/schema uses; any other makes {@link schemaErrors} throw. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly unevaluatedProperties?: boolean;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

const KNOWN = new Set(
  '$schema $id $ref $defs title description contentEncoding type const enum pattern minimum items properties required additionalProperties unevaluatedProperties allOf anyOf'.split(
    ' ',
  ),
);

const SCHEMA_DIR = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs/schema');

function load(file: string): Schema {
  return JSON.parse(readFileSync(path.join(SCHEMA_DIR, file), 'utf8')) as Schema;
}

/** Returns what is wrong with the value by docs/schema/`file`; nothing when it is valid. */
export function schemaErrors(file: string, value: unknown): string[] {
  return check({ schema: load(file), file }, value, '$').errors;
}

interface Place {
  readonly schema: Schema;
  /** The file that `#` of a reference means. */
  readonly file: string;
}

interface Outcome {
  readonly errors: string[];
  /** Properties that some part of the schema spoke of. */
  readonly seen: ReadonlySet<string>;
}

function check({ schema, file }: Place, value: unknown, where: string): Outcome {
  for (const key of Object.keys(schema))
    if (!KNOWN.has(key)) throw new Error(`${file}: the test's validator does not know '${key}'`);
  const errors: string[] = [];
  const seen = new Set<string>();
  const take = (outcome: Outcome): void => {
    errors.push(...outcome.errors);
    for (const name of outcome.seen) seen.add(name);
  };
  if (schema.$ref !== undefined) take(check(resolve(schema.$ref, file), value, where));
  for (const part of schema.allOf ?? []) take(check({ schema: part, file }, value, where));
  if (schema.anyOf !== undefined) {
    const outcomes = schema.anyOf.map((part) => check({ schema: part, file }, value, where));
    const fitting = outcomes.find((outcome) => outcome.errors.length === 0);
    if (fitting === undefined)
      errors.push(`${where}: fits none of ${outcomes.map((o) => o.errors[0]).join(' | ')}`);
    else take(fitting);
  }
  errors.push(...valueErrors(schema, value, where));
  if (Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema;
    value.forEach((item, i) =>
      errors.push(...check({ schema: items, file }, item, `${where}[${String(i)}]`).errors),
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const name of schema.required ?? [])
      if (!Object.hasOwn(value, name)) errors.push(`${where}: no ${name}`);
    for (const [name, field] of Object.entries(value)) {
      const own =
        schema.properties !== undefined && Object.hasOwn(schema.properties, name)
          ? schema.properties[name]
          : undefined;
      if (own !== undefined) {
        seen.add(name);
        errors.push(...check({ schema: own, file }, field, `${where}.${name}`).errors);
      } else if (schema.additionalProperties === false) errors.push(`${where}: ${name} is not in the schema`);
      else if (typeof schema.additionalProperties === 'object') {
        seen.add(name);
        errors.push(
          ...check({ schema: schema.additionalProperties, file }, field, `${where}.${name}`).errors,
        );
      }
    }
    if (schema.unevaluatedProperties === false)
      for (const name of Object.keys(value))
        if (!seen.has(name)) errors.push(`${where}: ${name} is not in the schema`);
  }
  return { errors, seen };
}

function valueErrors(schema: Schema, value: unknown, where: string): string[] {
  const errors: string[] = [];
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  if (types !== undefined && !types.some((type) => isOfType(value, type)))
    errors.push(`${where}: not ${types.join(' or ')}`);
  if (schema.const !== undefined && value !== schema.const)
    errors.push(`${where}: not ${JSON.stringify(schema.const)}`);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    errors.push(`${where}: ${String(value)} is not allowed`);
  if (
    schema.pattern !== undefined &&
    typeof value === 'string' &&
    !new RegExp(schema.pattern, 'u').test(value)
  )
    errors.push(`${where}: '${value}' does not fit ${schema.pattern}`);
  if (schema.minimum !== undefined && typeof value === 'number' && value < schema.minimum)
    errors.push(`${where}: ${String(value)} is too small`);
  return errors;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

function resolve(reference: string, from: string): Place {
  const [file, pointer] = reference.split('#');
  const target = file === '' ? from : file;
  const name = pointer.replace('/$defs/', '');
  const schema = load(target).$defs?.[name];
  if (schema === undefined) throw new Error(`${from}: ${reference} leads nowhere`);
  return { schema, file: target };
}
