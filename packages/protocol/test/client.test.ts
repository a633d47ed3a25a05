import { describe, expect, it } from 'vitest';
import {
  type BenchmarkMessage,
  createAdminClient,
  createNodeClient,
  createPublicClient,
  type FetchLike,
  networkAdminPath,
  ProblemError,
  ProtocolClientError,
  problem,
} from '../src/index.ts';
import { broken, GOOD } from './support/good-messages.ts';

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Sent unchanged, in place of `body`. */
  readonly text?: string;
}
interface Seen {
  readonly url: string;
  readonly init: Parameters<FetchLike>[1];
}

/** Gives every request the same answer and records the requests. */
function fakeFetch(answer: Answer) {
  const seen: Seen[] = [];
  const fetch: FetchLike = (url, init) => {
    seen.push({ url, init });
    return Promise.resolve({
      status: answer.status ?? 200,
      headers: { get: (name) => answer.headers?.[name] ?? null },
      text: () => Promise.resolve(answer.text ?? JSON.stringify(answer.body)),
    });
  };
  return { seen, fetch, baseUrl: 'https://controller.example:8443' };
}

const node = (answer: Answer) => {
  const fake = fakeFetch(answer);
  return { ...fake, client: createNodeClient(fake, 'node-a') };
};
const admin = (answer: Answer) => {
  const fake = fakeFetch(answer);
  return { ...fake, client: createAdminClient(fake) };
};
const failing = async (pending: Promise<unknown>): Promise<unknown> =>
  pending.then(
    () => undefined,
    (error: unknown) => error,
  );

const summary = {
  node_id: 'node-a',
  status: 'active',
  quarantined_until: null,
  class: 'default',
  membership: 'ALLOWED',
  reason: 'ok',
  reason_code: 'ok',
  declining: false,
  limits: [],
  probation_until_epoch: null,
  addresses: ['10.77.0.1'],
  endpoint: null,
  last_benchmark: null,
  enrolled_at: '2026-01-05T12:00:00Z',
  last_seen_at: null,
  troubles: { tunnel: null, measurement: null },
};
const received = {
  status: 'received',
  node_id: 'node-a',
  epoch_id: 7,
  membership: 'ALLOWED',
  reason: 'ok',
  reason_code: 'ok',
  server_time_ms: 1,
};

describe('requests', () => {
  it('a benchmark is posted as JSON to its node', async () => {
    const { client, seen } = node({ body: received });
    const signal = new AbortController().signal;
    await client.submitBenchmark(GOOD.benchmark.body as unknown as BenchmarkMessage, signal);
    const [{ url, init } = { url: '', init: undefined }] = seen;
    expect(url).toBe('https://controller.example:8443/v1/benchmarks/node-a?receipt=1');
    expect(init).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(init?.signal).toBe(signal);
    expect(JSON.parse(init?.body ?? '')).toEqual(GOOD.benchmark.body);
  });

  it('a config query carries version, wait and instance, encoded', async () => {
    const { client, seen } = node({ body: GOOD.config.body });
    await client.config({ version: '7&x=1', waitSeconds: 25, instanceId: 'abc' });
    const url = new URL(seen[0]?.url ?? '');
    expect(url.pathname).toBe('/v1/config/node-a');
    expect([...url.searchParams]).toEqual([
      ['version', '7&x=1'],
      ['wait', '25s'],
      ['instance', 'abc'],
    ]);
    expect(seen[0]?.init).not.toHaveProperty('body');
  });

  it('a query that takes notices and batches says so, and any other does not', async () => {
    const { client, seen } = node({ body: GOOD['removal notice'].body });
    const answer = await client.configOrNotice({ version: '7.41', waitSeconds: 25 });
    expect(new URL(seen[0]?.url ?? '').search).toBe('?version=7.41&wait=25s&notices=1&batch=1');
    expect(answer?.body).toEqual(GOOD['removal notice'].body);
    expect(await failing(client.config({ version: '7.41' }))).toMatchObject({ code: 'unexpected_answer' });
    expect([...new URL(seen[1]?.url ?? '').searchParams.keys()]).toEqual(['version']);
  });

  it.each(['', '.', '..', 'a/b', 'a?b', 'a#b', 'NODE', '\ud800'])(
    'an id that could change the path (%j) is refused before anything is sent',
    async (id) => {
      expect(() => createNodeClient(fakeFetch({}), id)).toThrow(
        expect.objectContaining({ code: 'invalid_node_id' }),
      );
      const { client, seen } = admin({ body: summary });
      for (const pending of [client.node(id), client.revoke(id, 'why'), client.quarantine(id, 'why')])
        expect(await failing(pending)).toMatchObject({ code: 'invalid_node_id' });
      expect(seen).toEqual([]);
    },
  );

  it.each([
    ['tokens', (c: AdminCalls) => c.createToken({ uses: 2 }), 'POST', '/v1/tokens', { uses: 2 }],
    ['nodes', (c: AdminCalls) => c.nodes(), 'GET', '/v1/nodes', undefined],
    ['node', (c: AdminCalls) => c.node('node-a'), 'GET', '/v1/nodes/node-a', undefined],
    [
      'quarantine',
      (c: AdminCalls) => c.quarantine('n', 'w'),
      'POST',
      '/v1/nodes/n/quarantine',
      { reason: 'w' },
    ],
    ['release', (c: AdminCalls) => c.release('n', 'w'), 'POST', '/v1/nodes/n/release', { reason: 'w' }],
    ['revoke', (c: AdminCalls) => c.revoke('n', 'w'), 'POST', '/v1/nodes/n/revoke', { reason: 'w' }],
    ['epoch', (c: AdminCalls) => c.epoch(), 'GET', '/v1/epoch', undefined],
    ['rotate', (c: AdminCalls) => c.rotate(), 'POST', '/v1/rotate', {}],
    ['keys', (c: AdminCalls) => c.keys(), 'GET', '/v1/keys', undefined],
    [
      'a new key',
      (c: AdminCalls) => c.createKey({ name: 'n', role: 'viewer' }),
      'POST',
      '/v1/keys',
      { name: 'n', role: 'viewer' },
    ],
    [
      'the end of a key',
      (c: AdminCalls) => c.expireKey('0123456789abcdef'),
      'POST',
      '/v1/keys/0123456789abcdef/expire',
      {},
    ],
    [
      'log',
      (c: AdminCalls) => c.log({ from: 5, limit: 10 }),
      'GET',
      '/v1/log/entries?from=5&limit=10',
      undefined,
    ],
  ] as const)('administration: %s', async (_name, run, method, path, body) => {
    const { client, seen } = admin({ body: {} });
    await failing(run(client));
    expect(seen).toHaveLength(1);
    expect(seen[0]?.url).toBe(`https://controller.example:8443${path}`);
    expect(seen[0]?.init.method).toBe(method);
    expect(seen[0]?.init.body).toBe(body === undefined ? undefined : JSON.stringify(body));
  });

  it('over the network goes to the other paths, with its headers', async () => {
    const fake = fakeFetch({ body: {} });
    const headers = { authorization: 'Bearer x' };
    const client = createAdminClient({ ...fake, headers, toPath: networkAdminPath });
    await failing(client.rotate());
    await failing(client.log({ from: 5 }));
    expect(fake.seen.map(({ url, init }) => [url, init.headers])).toEqual([
      ['https://controller.example:8443/v1/admin/rotate', { ...headers, 'content-type': 'application/json' }],
      ['https://controller.example:8443/v1/admin/log/entries?from=5', headers],
    ]);
  });
});
type AdminCalls = ReturnType<typeof createAdminClient>;

describe('answers to a config query', () => {
  it('a full config comes parsed, together with the received body for its signature', async () => {
    const { client } = node({ body: GOOD.config.body });
    const answer = await client.config({});
    expect(answer?.body).toEqual(GOOD.config.body);
    expect(answer?.raw).toEqual(GOOD.config.body);
  });

  it('304 means that nothing has changed since the version', async () => {
    expect(await node({ status: 304, text: '' }).client.config({ version: '7.42' })).toBeUndefined();
  });

  it('304 to a query without a version is refused: the node has no config that could be unchanged', async () => {
    const error = await failing(node({ status: 304, text: '' }).client.config({}));
    expect(error).toBeInstanceOf(ProtocolClientError);
  });

  it('the error for a faulty delta is about the delta', async () => {
    for (const [removed, path] of [
      [['..'], 'removed.0: '],
      [7, 'removed: '],
    ] as const) {
      const body = broken('config delta', 'removed', removed);
      const error = await failing(node({ body }).client.config({ version: '7.41' }));
      expect(String(error)).toContain(path);
    }
  });
});

describe('problems', () => {
  const details = problem('sequence_replayed', 'send a higher one', { last_sequence: 41 });

  it('become ProblemErrors with their extensions', async () => {
    const error = await failing(node({ status: 409, body: details }).client.epoch());
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problem).toEqual(details);
    expect((error as ProblemError).retryAfterSeconds).toBeUndefined();
  });

  it.each([
    ['0', 0],
    ['5', 5],
    ['3600', 3600],
    ['3601', 3600],
    ['999999999999999', 3600],
    ['', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['0x10', undefined],
    ['1e3', undefined],
    [' 5', undefined],
    ['Infinity', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ])('Retry-After: %j is read as %j', async (value, seconds) => {
    const body = problem('rate_limited', 'slow down');
    const error = await failing(
      node({ status: 429, headers: { 'retry-after': value }, body }).client.epoch(),
    );
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).retryAfterSeconds).toBe(seconds);
  });

  it('details that contradict the status line are ignored', async () => {
    const error = await failing(node({ status: 502, body: problem('node_revoked', 'x') }).client.epoch());
    expect(error).toBeInstanceOf(ProtocolClientError);
  });
});

describe('answers that are not of this protocol', () => {
  const deep = '['.repeat(17) + ']'.repeat(17);
  it.each<[string, Answer]>([
    ['empty', { text: '' }],
    ['HTML', { text: '<html>' }],
    ['HTML with a failure', { status: 502, text: '<html>' }],
    ['JSON that is no problem, with a failure', { status: 500, body: { error: 'x' } }],
    ['null', { body: null }],
    ['an array', { body: [] }],
    ['another shape', { body: { status: 'up' } }],
    ['a duplicate key', { text: '{"status":"ok","epoch_id":1,"epoch_id":2}' }],
    ['__proto__', { text: '{"status":"ok","epoch_id":1,"__proto__":{}}' }],
    ['a number beyond doubles', { text: '{"status":"ok","epoch_id":1e999}' }],
    ['a lone surrogate', { text: '{"status":"ok","epoch_id":1,"x":"\\ud800"}' }],
    ['nested too deep', { text: deep }],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://evil.example' }, body: { status: 'ok', epoch_id: 1 } },
    ],
    ['another success', { status: 204, body: { status: 'ok', epoch_id: 1 } }],
    ['304 without a question', { status: 304, text: '' }],
  ])('%s', async (_what, answer) => {
    const error = await failing(createPublicClient(fakeFetch(answer)).health());
    expect(error).toBeInstanceOf(ProtocolClientError);
    expect(error).toMatchObject({ code: 'unexpected_answer', status: answer.status ?? 200 });
  });

  it('the unbroken answer of the cases is accepted', async () => {
    const body = { status: 'ok', epoch_id: 1 };
    expect(await createPublicClient(fakeFetch({ body })).health()).toEqual(body);
  });

  it('names in them are escaped and cut in the error', async () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`\u001b[2J\n${'x'.repeat(50)}${i}`, { membership: 'ROOT' }]),
    );
    const error = await failing(node({ body: { epoch_id: 1, nodes } }).client.epoch());
    expect(error).toBeInstanceOf(ProtocolClientError);
    const { message } = error as ProtocolClientError;
    expect(message.length).toBeLessThan(1000);
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message).toContain('\\u{1b}');
  });

  it('an error of fetch is passed on unchanged', async () => {
    const reason = new Error('no route');
    const client = createPublicClient({ baseUrl: 'https://x', fetch: () => Promise.reject(reason) });
    expect(await failing(client.health())).toBe(reason);
  });
});
