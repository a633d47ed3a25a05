// The OpenAPI document: valid by an independent validator, made of the schemas that validate, and readable as
// a page without a network.

import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import {
  allOperations,
  documentPath,
  openApiDocument,
  openApiPage,
  PAGE_STYLE,
  pageQuery,
  problemCodes,
  problemDescriptions,
  problemsOf,
  routes,
} from '../../src/index.ts';

type Json = { readonly [field: string]: unknown };
const document = openApiDocument() as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
} & Json;
const text = JSON.stringify(document);

describe('the document', () => {
  it('is OpenAPI 3.1, as an independent validator has it; one without paths and a title is not', async () => {
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
    const { info: _info, ...broken } = document;
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('is the same each time', () => {
    expect(JSON.stringify(openApiDocument())).toBe(text);
  });

  it('has each operation once, under a name of its own, and no other', () => {
    const ids = allOperations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const there = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const wanted = allOperations.map(
      (each) => `${each.operation.method.toLowerCase()} ${documentPath(each)}`,
    );
    expect(there.sort()).toEqual([...new Set(wanted)].sort());
    expect(new Set(allOperations.map(({ operation }) => operation.path))).toEqual(
      new Set(Object.values(routes)),
    );
  });

  it('refers to nothing that it does not have', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(100);
    const missing = references.filter((reference) => {
      const [root, ...steps] = reference.split('/');
      const found = steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document);
      return root !== '#' || found === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('says what lists and maps hold, which count before they look', () => {
    const { AppliedMessage, BenchmarkMessage } = document.components.schemas;
    expect(AppliedMessage).toMatchObject({
      properties: {
        peers: { type: 'array', maxItems: 4096, items: { required: expect.arrayContaining(['node_id']) } },
      },
    });
    expect(BenchmarkMessage).toMatchObject({
      properties: { scores: { type: 'object', additionalProperties: { minimum: 0, maximum: 1 } } },
    });
  });

  it('gives the administration at the network, with its path at the socket and the least role', () => {
    expect(document.paths['/v1/admin/nodes/{node_id}/revoke']?.post).toMatchObject({
      operationId: 'adminRevoke',
      'x-socket-path': '/v1/nodes/:node_id/revoke',
      'x-least-role': 'operator',
      security: [{ apiKey: [] }, { adminCertificate: [] }],
    });
    expect(document.paths['/v1/log/checkpoint']?.get).toMatchObject({ tags: ['public', 'nodes'] });
  });
});

describe('problems', () => {
  it('each have a meaning and a remedy, in one sentence or two', () => {
    expect(problemDescriptions.map(({ code }) => code)).toEqual(problemCodes);
    for (const { title, remedy } of problemDescriptions) {
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('of an operation are those of its door, its path, its body and its own, each once', () => {
    for (const { door, operation } of allOperations) {
      const codes = problemsOf(door, operation);
      expect(new Set(codes).size).toBe(codes.length);
      expect(codes).toEqual(expect.arrayContaining([...operation.problems]));
      expect(codes.includes('forbidden')).toBe(
        door === 'administration' || operation.problems.includes('forbidden'),
      );
      expect(codes.includes('invalid_message')).toBe(operation.body !== undefined);
    }
  });
});

describe('the page', () => {
  const page = openApiPage(document);

  it('has every operation, problem and schema, and its own style', () => {
    for (const { id, door } of allOperations)
      if (!(door === 'nodes' && page.includes(`id="${id.replace('nodes', 'public')}"`)))
        expect(page).toContain(`id="${id}"`);
    for (const code of problemCodes) expect(page).toContain(`id="problem-${code}"`);
    for (const name of Object.keys(document.components.schemas))
      expect(page).toContain(`id="schema-${name}"`);
    expect(page).toContain(`<style>${PAGE_STYLE}</style>`);
  });

  it('loads and runs nothing: no script, no handler, no other address', () => {
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|form|base)\b/i);
    expect(page).not.toMatch(/\s(?:on\w+|style|src)=/i);
    expect(PAGE_STYLE).not.toMatch(/url\(|@import/);
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, target]) => target ?? '');
    expect(links.length).toBeGreaterThan(100);
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `#${id}`));
    expect([...new Set(links)].filter((target) => !ids.has(target))).toEqual([]);
  });

  it('escapes what a document says', () => {
    const info = { title: '<script>"&\'', description: '</style>', version: '1' };
    const shown = openApiPage({ ...document, info });
    expect(shown).toContain('&lt;script&gt;&quot;&amp;&#39;');
    expect(shown).not.toContain('<script>');
    expect(shown.match(/<\/style>/g)).toHaveLength(1);
  });
});

describe('the query of a page', () => {
  it.each([{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { limit: '5' }, { cursor: '' }, { cursor: 'a b' }])(
    'is not %j',
    (query) => {
      expect(pageQuery.safeParse(query).success).toBe(false);
    },
  );
  it('may say nothing', () => {
    expect(pageQuery.parse({})).toEqual({});
  });
});
