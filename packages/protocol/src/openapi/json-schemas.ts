// The schemas of messages as JSON Schema 2020-12, which is what OpenAPI 3.1 has. They are made from the
// schemas that validate; checks that JSON Schema cannot say, such as those of keys as points, are left out.

import * as z from 'zod';
import { listShapes } from '../list-of.ts';
import { namedSchemas } from './named-schemas.ts';

export type JsonSchema = { [keyword: string]: unknown };

const refTo = (name: string): string => `#/components/schemas/${name}`;

const OPTIONS = {
  // What is on the wire: before defaults are filled in. Answers may gain fields, and objects stay open.
  io: 'input',
  unrepresentable: 'any',
  override: (found: { readonly zodSchema: object; readonly jsonSchema: object }) =>
    complete(found.zodSchema as z.core.$ZodType, found.jsonSchema as JsonSchema),
} as const;

/** Says of what zod sees as a function alone what it is for. */
function complete(schema: z.core.$ZodType, json: JsonSchema): void {
  const list = listShapes.get(schema);
  if (list !== undefined)
    Object.assign(json, { type: 'array', maxItems: list.maxItems, items: jsonSchemaOf(list.item) });
  const { def } = schema._zod;
  if (def.type !== 'pipe') return;
  const { in: first, out } = def as z.core.$ZodPipeDef;
  // Entries are counted before they are examined: what they are, the second half says.
  if (first._zod.def.type === 'custom') Object.assign(json, jsonSchemaOf(out));
}

/** A schema by itself; what it holds is written out. */
export function jsonSchemaOf(schema: z.core.$ZodType): JsonSchema {
  return withoutHead(z.toJSONSchema(schema, OPTIONS));
}

/** Every schema with a name. Those that hold one another refer to it. */
export function componentSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(namedSchemas)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...OPTIONS, uri: refTo });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutHead(schema)]));
}

const names = new Map<z.core.$ZodType, string>(
  Object.entries(namedSchemas).map(([name, schema]) => [schema, name]),
);

/** A reference to the schema, or the schema itself if it has no name. */
export function referenceTo(schema: z.core.$ZodType): JsonSchema {
  const name = names.get(schema);
  return name === undefined ? jsonSchemaOf(schema) : { $ref: refTo(name) };
}

function withoutHead(schema: object): JsonSchema {
  const { $schema: _schema, $id: _id, '~standard': _standard, ...rest } = schema as JsonSchema;
  return rest;
}
