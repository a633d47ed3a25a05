// Compares an answer with what the OpenAPI document says of its operation: the status, the media type, the
// body, and the problem's code.

import {
  allOperations,
  documentPath,
  type NamedOperation,
  networkAdminPath,
  openApiDocument,
} from '@mesh/protocol';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { RecordedAnswer } from './record-answers.ts';

type Json = { [field: string]: unknown };

interface DocumentedOperation {
  readonly responses: Readonly<Record<string, Json>>;
  readonly 'x-problem-codes': readonly string[];
}

/** An object that lists its fields holds no others. Answers may gain fields; this controller's have none. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const open = value as Json;
  const inner = Object.fromEntries(Object.entries(open).map(([name, each]) => [name, closed(each)]));
  return open.type === 'object' && open.properties !== undefined && open.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

const plain = openApiDocument() as { components: { schemas: Json }; paths: Json };
const problemSchema = plain.components.schemas.Problem;
const document = closed(plain) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Json; readonly responses: Readonly<Record<string, Json>> };
};
// Problems carry more members than the schema lists.
document.components.schemas.Problem = problemSchema;

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false });
ajv.addSchema({ $id: 'document', components: document.components });

const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: unknown): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/');
  const known = validators.get(text) ?? ajv.compile(JSON.parse(text) as Json);
  validators.set(text, known);
  return known;
}

/** The operation that was asked for; undefined for a path or a method that is none. */
export function operationAt({ door, method, target }: RecordedAnswer): NamedOperation | undefined {
  const [path = ''] = target.split('?');
  return allOperations.find(({ door: at, operation }) => {
    if (operation.method !== method) return false;
    if (at === 'administration')
      return (
        (door === 'socket' && matches(operation.path, path)) ||
        (door === 'public' && matches(networkAdminPath(operation.path), path))
      );
    return at === door && matches(operation.path, path);
  });
}

const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replace(/:[a-z_]+/g, '[^/]+').replace(/\*$/, '.+')}$`).test(path);

/** @returns what is wrong with the answer; undefined if it is as the document says */
export function faultOf(answer: RecordedAnswer, named: NamedOperation): string | undefined {
  const { status, headers, body } = answer;
  const documented = document.paths[documentPath(named)]?.[named.operation.method.toLowerCase()];
  if (documented === undefined) return 'the document does not have it';
  const response = resolved(documented.responses[String(status)]);
  if (response === undefined)
    return `status ${status} is not in the document: ${body.toString('utf8', 0, 300)}`;
  const content = response.content as Readonly<Record<string, { schema: Json }>> | undefined;
  if (content === undefined) return body.length === 0 ? undefined : 'a body that the document does not have';
  const type = String(headers['content-type'] ?? '');
  const [, media] =
    Object.entries(content).find(([name]) => [type, type.split(';')[0], '*/*'].includes(name)) ?? [];
  if (media === undefined) return `media type ${type} is not in the document`;
  for (const header of Object.keys((response.headers ?? {}) as object))
    if (headers[header.toLowerCase()] === undefined && header !== 'Retry-After') return `no header ${header}`;
  if (!type.includes('json')) return undefined;
  const values = type === 'application/jsonl' ? lines(body) : [JSON.parse(body.toString('utf8')) as unknown];
  for (const value of values) {
    const validate = validatorOf(media.schema);
    if (!validate(value)) return `${ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 300)}`;
    const { code } = value as { code?: string };
    if (status >= 400 && !documented['x-problem-codes'].includes(code ?? ''))
      return `problem ${code} is not in the document`;
  }
  return undefined;
}

const lines = (body: Buffer): unknown[] =>
  body
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

function resolved(response: Json | undefined): Json | undefined {
  const name = typeof response?.$ref === 'string' ? response.$ref.split('/').at(-1) : undefined;
  return name === undefined ? response : document.components.responses[name];
}
