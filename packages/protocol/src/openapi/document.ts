// The OpenAPI 3.1 document of the whole HTTP interface, made from the table of operations.

import type { AdminOperation, MediaAnswer, MemberOperation, Operation } from '../operations/operation.ts';
import { allOperations, type NamedOperation } from '../operations/operations.ts';
import { type DoorName, problemsOf } from '../operations/problems-of.ts';
import { problemDescriptions } from '../problems.ts';
import { networkAdminPath, STREAM_MEDIA_TYPE } from '../routes.ts';
import { SCHEMA_VERSION, SCHEMA_VERSION_HEADER } from '../schema-version.ts';
import { componentSchemas, type JsonSchema, jsonSchemaOf, referenceTo } from './json-schemas.ts';
import { problemName, problemResponses, problemSchema } from './problem-responses.ts';

/** A JSON object that is an OpenAPI 3.1 document. */
export type OpenApiDocument = { readonly [field: string]: unknown };

const CONTROLLER = { default: 'controller.example', description: 'A name of the controller.' };
const SERVERS: Readonly<Record<'nodes' | 'public', JsonSchema>> = {
  nodes: {
    url: 'https://{controller}:8443',
    description: 'The nodes door.',
    variables: { controller: CONTROLLER },
  },
  public: {
    url: 'https://{controller}:8444',
    description: 'The public door. The administration is below /v1/admin.',
    variables: { controller: CONTROLLER },
  },
};
const SECURITY: Readonly<Record<DoorName, readonly JsonSchema[]>> = {
  nodes: [{ nodeCertificate: [] }],
  public: [],
  administration: [{ apiKey: [] }, { adminCertificate: [] }],
};
const TAGS: readonly { readonly name: DoorName; readonly description: string }[] = [
  { name: 'public', description: 'Anybody may ask. Requests are counted by source address.' },
  { name: 'nodes', description: 'Nodes ask, with the client certificate that the controller issued.' },
  {
    name: 'administration',
    description:
      'Operators ask: over the network as the paths here say, or over the unix socket of the controller at the path in `x-socket-path`, where anyone who can open its file has the role `root`.',
  },
];

/** Of the protocol, as its paths begin with `/v1`. */
const PROTOCOL_VERSION = '1';

/** The same each time. It takes long to make: servers give out the file of the package, `openapi.json`. */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const each of allOperations) {
    const path = documentPath(each);
    const method = each.operation.method.toLowerCase();
    const known = paths[path]?.[method];
    paths[path] = {
      ...paths[path],
      [method]: known === undefined ? operationObject(each) : atAnotherDoor(known, each),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Aligned Mesh controller',
      version: PROTOCOL_VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'The HTTP interface of an Aligned Mesh controller, made from the schemas that validate. Objects in requests are strict. Answers may gain fields, and clients ignore those that they do not know. What signatures cover, docs/protocol.md says.',
      'x-schema-version': SCHEMA_VERSION,
    },
    servers: [SERVERS.public],
    tags: TAGS,
    paths,
    components: {
      schemas: { ...componentSchemas(), Problem: problemSchema },
      responses: problemResponses(),
      securitySchemes: {
        nodeCertificate: {
          type: 'mutualTLS',
          description: 'The client certificate of a node, issued by the CA of the mesh.',
        },
        adminCertificate: {
          type: 'mutualTLS',
          description: 'A client certificate of the admin CA, whose common name has a role.',
        },
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'mesh_key_ID_SECRETCHECKSUM',
          description: 'An API key, as `meshctl keys create` makes it.',
        },
      },
    },
    'x-unix-socket': {
      file: 'admin.sock in the data directory of the controller, mode 0600',
      role: 'root',
      url: 'http://localhost',
    },
    'x-problems': problemDescriptions,
  };
}

/**
 * Where the operation is in the document: parameters in braces, and the administration as over the network.
 */
export function documentPath({ door, operation }: Pick<NamedOperation, 'door' | 'operation'>): string {
  const path = door === 'administration' ? networkAdminPath(operation.path) : operation.path;
  return path.replace(/:([a-z_]+)/g, '{$1}').replace(/\*$/, '{path}');
}

function operationObject({ door, id, operation }: NamedOperation): JsonSchema {
  const { summary, body } = operation;
  const least = (operation as Partial<AdminOperation>).least;
  return {
    operationId: id,
    summary,
    tags: [door],
    ...(door === 'nodes' ? { servers: [SERVERS.nodes] } : {}),
    security: SECURITY[door],
    ...(door === 'administration' ? { 'x-socket-path': operation.path, 'x-least-role': least } : {}),
    ...((operation as MemberOperation).isSigned === true ? { 'x-signed': true } : {}),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.bodyIsOptional !== true,
            content: { 'application/json': { schema: referenceTo(body) } },
          },
        }),
    responses: responsesOf(door, operation),
    'x-problem-codes': problemsOf(door, operation),
  };
}

/** The same operation at another door, which takes it from those who have a certificate. */
function atAnotherDoor(known: JsonSchema, { door }: NamedOperation): JsonSchema {
  if (door === 'administration') throw new Error('the administration has paths of its own');
  return {
    ...known,
    tags: [...(known.tags as string[]), door],
    servers: [SERVERS.public, SERVERS.nodes],
    security: [{}, ...SECURITY.nodes],
  };
}

const PATH_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  node_id: { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$' },
  key_id: { type: 'string', pattern: '^[0-9a-f]{16}$' },
  exam_id: { type: 'string', pattern: '^[0-9a-f]{32}$' },
};

function pathParameters({ path }: Operation): JsonSchema[] {
  const names = [...path.matchAll(/:([a-z_]+)/g)].map(([, name]) => name ?? '');
  if (path.endsWith('*')) names.push('path');
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: PATH_SCHEMAS[name] ?? { type: 'string' },
  }));
}

function queryParameters({ query }: Operation): JsonSchema[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ notModified }: Operation): JsonSchema[] {
  if (notModified !== 'etag') return [];
  return [{ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } }];
}

function responsesOf(door: DoorName, operation: Operation): JsonSchema {
  const { notModified } = operation;
  const given = problemsOf(door, operation);
  const statuses = problemDescriptions.filter(({ code }) => given.includes(code)).map(({ status }) => status);
  const headers = notModified === 'etag' ? { headers: { ETag: { schema: { type: 'string' } } } } : {};
  return {
    200: {
      description: 'Done.',
      headers: { ...versionHeader(door, operation), ...headers.headers },
      content: contentOf(operation),
    },
    ...(notModified === undefined
      ? {}
      : { 304: { description: 'Nothing has changed since what the request names.', ...headers } }),
    ...Object.fromEntries(
      [...new Set(statuses)].map((status) => [
        status,
        { $ref: `#/components/responses/${problemName(status)}` },
      ]),
    ),
  };
}

const isMedia = (answer: Operation['answer']): answer is MediaAnswer => 'mediaType' in answer;

function versionHeader(door: DoorName, { answer }: Operation): JsonSchema {
  if (door !== 'administration' || isMedia(answer)) return {};
  return { [SCHEMA_VERSION_HEADER]: { schema: { type: 'string', const: String(SCHEMA_VERSION) } } };
}

function contentOf({ answer, lines, events }: Operation): JsonSchema {
  if (isMedia(answer)) return { [answer.mediaType]: { schema: {}, 'x-what': answer.what } };
  return {
    'application/json': { schema: referenceTo(answer) },
    ...(lines === undefined ? {} : { [STREAM_MEDIA_TYPE]: { schema: referenceTo(lines) } }),
    ...(events === undefined
      ? {}
      : {
          'text/event-stream': {
            schema: { type: 'string' },
            'x-event-data': referenceTo(events),
          },
        }),
  };
}
