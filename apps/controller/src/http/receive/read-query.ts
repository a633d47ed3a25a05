// Reads the parameters of a query by the schema that the protocol's table of operations has for them.

import { ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import * as z from 'zod';

const WHOLE = /^\d{1,16}$/;

/**
 * Parameters that the schema does not have are ignored.
 *
 * @throws ProblemError `invalid_parameter`
 */
export function readQuery<Schema extends z.ZodObject>(context: Context, schema: Schema): z.output<Schema> {
  const given = Object.entries(schema.shape).map(([name, field]) => {
    const text = context.req.query(name);
    return [name, text !== undefined && isNumber(field) && WHOLE.test(text) ? Number(text) : text] as const;
  });
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProblemError(problem('invalid_parameter', `${issue?.path.join('.')}: ${issue?.message}`));
}

function isNumber(field: z.core.$ZodType): boolean {
  return field instanceof z.ZodOptional ? isNumber(field.unwrap()) : field instanceof z.ZodNumber;
}
