// A connection: where requests go, what they carry, and what is refused before anything is sent.

import {
  type AdminClient,
  adminKeyIdOf,
  adminOperations,
  formatAdminKey,
  networkAdminPath,
  type Operation,
  ProblemError,
  problem,
} from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { connectAdmin, connectPublic, connectReader, isProblem, MeshClientError } from '../src/index.ts';
import { scripted } from './fake-controller.ts';

const apiKey = formatAdminKey({
  keyId: adminKeyIdOf(new Uint8Array(8).fill(1)),
  secret: new Uint8Array(32).fill(2),
});
const baseUrl = 'https://controller.example:8444';

const failureOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a connection', () => {
  it('asks the network door with its key, and takes no redirects', async () => {
    const { fetch, sent } = scripted({ body: { keys: [] } });
    expect(await connectAdmin({ baseUrl: `${baseUrl}/`, fetch, apiKey: `${apiKey}\n` }).keys()).toEqual({
      keys: [],
    });
    expect(sent[0]?.url).toBe(`${baseUrl}/v1/admin/keys`);
    expect(sent[0]?.init).toMatchObject({
      method: 'GET',
      redirect: 'error',
      cache: 'no-store',
      headers: { authorization: `Bearer ${apiKey}` },
    });
  });

  it('at the socket has the paths of the socket', async () => {
    const { fetch, sent } = scripted({ body: { keys: [] } });
    await connectAdmin({ baseUrl: 'http://localhost', fetch, door: 'socket' }).keys();
    expect(sent[0]?.url).toBe('http://localhost/v1/keys');
  });

  it('calls fetch without an owner, as browsers demand', async () => {
    const owners: unknown[] = [];
    const { fetch } = scripted({ body: { status: 'ok', epoch_id: 1 } });
    const strict = function (this: unknown, ...given: Parameters<typeof fetch>) {
      owners.push(this);
      return fetch(...given);
    };
    await connectPublic({ baseUrl, fetch: strict }).health();
    expect(owners).toEqual([undefined]);
  });

  it.each([
    ['nonsense', 'invalid_url'],
    ['ftp://controller.example', 'invalid_url'],
    ['https://user@controller.example', 'invalid_url'],
    ['https://controller.example?a=b', 'invalid_url'],
    ['http://controller.example:8444', 'insecure_url'],
    ['http://127.0.0.1.evil.example', 'insecure_url'],
  ])('to %s with a key is refused', (url, code) => {
    const { fetch, sent } = scripted();
    const error = failureOf(() => connectAdmin({ baseUrl: url, fetch, apiKey }));
    expect(error).toBeInstanceOf(MeshClientError);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain(apiKey);
    expect(sent).toEqual([]);
  });

  it.each(['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://x'])(
    'to %s may carry a key',
    (url) => {
      expect(() => connectAdmin({ baseUrl: url, fetch: scripted().fetch, apiKey })).not.toThrow();
    },
  );

  it('with a damaged key is refused, and the key is in no message', () => {
    const damaged = `${apiKey.slice(0, -1)}${apiKey.endsWith('0') ? '1' : '0'}`;
    const error = failureOf(() => connectAdmin({ baseUrl, fetch: scripted().fetch, apiKey: damaged }));
    expect(String(error)).toContain('checksum');
    expect(String(error)).not.toContain(damaged);
  });

  it.each([-1, 1.5, Number.NaN])('that remembers %d answers is refused', (remember) => {
    expect(failureOf(() => connectAdmin({ baseUrl, fetch: scripted().fetch, remember }))).toMatchObject({
      code: 'invalid_option',
    });
  });
});

describe('a reader', () => {
  const calls: Record<string, unknown[]> = {
    node: ['node-a'],
    explainNode: ['node-a'],
    reach: ['node-a', 'node-b'],
    proof: ['node-a'],
    exam: ['0'.repeat(32)],
    examProof: ['0'.repeat(32)],
    openedItems: ['chat'],
    checkPolicy: [{ text: 'threshold: 0.6' }],
    backtestPolicy: [{ text: 'threshold: 0.6' }],
    requestDraft: [{ kind: 'node.revoke', parameters: {} }],
    followLog: [{}, () => undefined],
  };
  const matches = ({ method, path }: Operation, asked: { method: string; path: string }): boolean =>
    method === asked.method &&
    new RegExp(`^${networkAdminPath(path).replace(/:[a-z_]+/g, '[^/]+')}$`).test(asked.path);

  it('has calls for viewers and no others', async () => {
    const reader = connectReader({ baseUrl, fetch: scripted().fetch }) as unknown as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >;
    const names = Object.keys(reader);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const { fetch, sent } = scripted();
      const one = connectReader({ baseUrl, fetch }) as unknown as typeof reader;
      await one[name]?.(...(calls[name] ?? [])).catch(() => undefined);
      const [request] = sent;
      const asked = { method: request?.init.method ?? '', path: new URL(request?.url ?? baseUrl).pathname };
      const operations = Object.values<Operation & { least: string }>(adminOperations);
      const operation = operations.find((each) => matches(each, asked));
      expect([name, operation?.least]).toEqual([name, 'viewer']);
    }
  });

  it('cannot change anything', () => {
    const reader = connectReader({ baseUrl, fetch: scripted().fetch }) as Partial<AdminClient>;
    for (const name of ['quarantine', 'revoke', 'createToken', 'createKey', 'setPolicy'] as const)
      expect(reader[name]).toBeUndefined();
  });
});

describe('a refusal', () => {
  it('is told by its code', async () => {
    const body = problem('forbidden', 'use another key', { role: 'viewer', least_role: 'operator' });
    const { fetch } = scripted({
      status: 403,
      headers: { 'content-type': 'application/problem+json' },
      body,
    });
    const error: unknown = await connectAdmin({ baseUrl, fetch, apiKey })
      .rotate()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect([
      isProblem(error),
      isProblem(error, 'forbidden', 'not_found'),
      isProblem(error, 'not_found'),
    ]).toEqual([true, true, false]);
    if (isProblem(error, 'forbidden')) expect(error.problem.least_role).toBe('operator');
    expect([isProblem(new Error('forbidden')), isProblem(undefined)]).toEqual([false, false]);
  });
});
