// What refusals look like in the OpenAPI document: a response for each status, and the schema of problems.

import { PROBLEM_MEDIA_TYPE, problemCodes, problemDescriptions } from '../problems.ts';
import type { JsonSchema } from './json-schemas.ts';

export const problemName = (status: number): string => `Problem${status}`;

/** One for each status; which codes an operation uses, its `x-problem-codes` says. */
export function problemResponses(): Record<string, JsonSchema> {
  const statuses = [...new Set(problemDescriptions.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => [
      problemName(status),
      {
        description: problemDescriptions
          .filter((each) => each.status === status)
          .map(({ code, title }) => `\`${code}\`: ${title}.`)
          .join(' '),
        ...(MAY_SAY_WHEN.includes(status)
          ? { headers: { 'Retry-After': { schema: { type: 'integer', minimum: 0 } } } }
          : {}),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

/** Where `Retry-After` says when to ask again. */
const MAY_SAY_WHEN = [409, 429, 503];

export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'RFC 9457 problem details. `detail` is for people and may change; `code` may not.',
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: problemCodes },
    detail: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
};
