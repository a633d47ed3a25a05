// Bad input of every kind at every endpoint: the answer is never a 5xx and always a problem with a code, and
// the state never changes. Bad messages of an authenticated node leave an entry in the log and nothing else.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  formatJoinToken,
  MAX_APPLIED_BYTES,
  PROBLEM_MEDIA_TYPE,
  parseJoinToken,
  parseProblem,
  routes,
  type TokenId,
} from '@mesh/protocol';
import { describe, expect, it, vi } from 'vitest';
import { MAX_BODY_BYTES, MAX_POOL_BODY_BYTES } from '../../src/http/gate/body-limit.ts';
import { adminRoutes } from '../../src/http/listeners/admin-routes.ts';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../src/http/listeners/public-app.ts';
import { enrolmentRequest } from '../support/index.ts';
import { meshOfFile } from '../support/mesh-of-file.ts';
import { nodeEndpoints, stateOf } from '../support/requests.ts';

const mesh = meshOfFile(['node-a', 'node-b']);
const node = () => mesh().node('node-a');

type Listener = 'nodes' | 'public' | 'socket';
interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Whether the body is sent without stating its length. */
  readonly chunked?: boolean;
}

/** Sends with Node's own client, which does not correct what is sent. */
function send(
  listener: Listener,
  path: string,
  sent: Sent,
): Promise<{ status: number; type: string; text: string }> {
  const { nodesPort, publicPort } = mesh().controller.running;
  const tls = {
    host: '127.0.0.1',
    ca: mesh().controller.caPem,
    cert: node().certificatePem,
    key: node().keys.keyPem,
    agent: false as const,
  };
  const headers: Record<string, string> = { 'content-type': 'application/json', ...sent.headers };
  if (sent.body !== undefined && sent.chunked !== true)
    headers['content-length'] = String(Buffer.byteLength(sent.body));
  const common = { method: sent.method ?? 'POST', path, headers };
  return new Promise((resolve, reject) => {
    const outgoing =
      listener === 'socket'
        ? httpRequest({ ...common, socketPath: mesh().controller.running.socketPath, agent: false })
        : httpsRequest({ ...tls, ...common, port: listener === 'nodes' ? nodesPort : publicPort });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, type: incoming.headers['content-type'] ?? '', text }),
      );
    });
    if (sent.chunked === true && sent.body !== undefined) outgoing.write(sent.body);
    outgoing.end(sent.chunked === true ? undefined : sent.body);
  });
}

/**
 * Sends, and checks that the answer is a problem and that the state has not changed.
 *
 * @returns the problem's code
 */
async function refusedWith(listener: Listener, path: string, sent: Sent): Promise<string> {
  const before = stateOf(mesh().controller);
  const answer = await send(listener, path, sent);
  const after = stateOf(mesh().controller);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.type).toBe(PROBLEM_MEDIA_TYPE);
  const problem = parseProblem(JSON.parse(answer.text));
  expect(problem?.status).toBe(answer.status);
  expect({ ...after, size: 0, log: [] }).toEqual({ ...before, size: 0, log: [] });
  const traces = after.log.slice(before.log.length);
  expect(traces.every((type) => listener === 'nodes' && type === 'message_rejected')).toBe(true);
  return problem?.code ?? '';
}

const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
const good = (): Record<string, unknown> => ({ ...node().benchmark(0.9) });
const bodies: readonly (readonly [name: string, body: () => string | Buffer, codes: readonly string[]])[] = [
  ['nothing', () => '', ['malformed_json']],
  ['no JSON', () => 'score=1', ['malformed_json']],
  ['half of a JSON text', () => '{"mesh_id":', ['malformed_json']],
  ['a duplicate key', () => '{"reason":"a","reason":"b"}', ['malformed_json']],
  ['a prototype', () => '{"__proto__":{"reason":"x"}}', ['malformed_json', 'invalid_message']],
  ['deep nesting', () => deep, ['malformed_json']],
  ['deep nesting in a field', () => `{"notes":${deep}}`, ['malformed_json']],
  ['NaN', () => '{"scores":{"overall":NaN}}', ['malformed_json']],
  ['a number beyond all doubles', () => '{"scores":{"overall":1e999}}', ['malformed_json']],
  ['bad UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), ['malformed_json']],
  ['a byte order mark', () => `\uFEFF${JSON.stringify(good())}`, ['malformed_json']],
  ['a lone surrogate', () => '{"reason":"\\ud800"}', ['malformed_json']],
  ['null', () => 'null', ['invalid_message']],
  ['an array', () => '[]', ['invalid_message']],
  ['a string', () => '"x"', ['invalid_message']],
  ['an empty object', () => '{}', ['invalid_message', 'bad_signature']],
  ['an extra key', () => JSON.stringify({ ...good(), extra: 1 }), ['invalid_message']],
  [
    'wrong types',
    () => JSON.stringify({ ...good(), sequence: '1', reason: 7, csr_pem: {}, uses: 'x' }),
    ['invalid_message'],
  ],
];

/** The longest body that a route takes, in bytes: a pool's text is long, and so is a report of many peers. */
function longestBody(path: string): number {
  if (path === routes.examPools) return MAX_POOL_BODY_BYTES;
  return path.startsWith('/v1/applied/') ? MAX_APPLIED_BYTES : MAX_BODY_BYTES;
}

const tables = { nodes: memberRoutes, public: publicRoutes, socket: adminRoutes } as const;
/** The routes that need no message, because their path says everything. */
const WITHOUT_MESSAGE: readonly string[] = [
  routes.enrolmentChallenge,
  routes.keyChallenge,
  routes.rotate,
  routes.endMaintenance,
  routes.expireKey,
  routes.endDashboardSession,
  routes.beginOpenId,
];

/** Every route that takes a message, and the methods that its path has. */
const posts = (['nodes', 'public', 'socket'] as const).flatMap((listener) =>
  tables[listener]
    .filter(({ method, path }) => method === 'POST' && !WITHOUT_MESSAGE.includes(path))
    .map(({ path }) => ({
      listener,
      path: path.replace(':node_id', 'node-a'),
      methods: tables[listener].filter((route) => route.path === path).map(({ method }) => method as string),
    })),
);

it('the routes that take a message were found', () => {
  expect(posts.length).toBeGreaterThanOrEqual(12);
});

describe.each(posts)('$listener $path', ({ listener, path, methods }) => {
  // An empty object is a valid request for a token, because every field has a default, for a backup, and for
  // a test of all receivers.
  const takesEmpty = ['/v1/tokens', '/v1/backup', '/v1/alerts/test'].includes(path);
  const table = bodies.filter(([name]) => !(takesEmpty && name === 'an empty object'));

  it.each(table)('refuses %s', async (_name, body, codes) => {
    expect(codes).toContain(await refusedWith(listener, path, { body: body() }));
  });
  it.each([1, 1_000_000])('refuses %d bytes too many', async (more) => {
    const body = Buffer.alloc(longestBody(path) + more, 0x20);
    expect(await refusedWith(listener, path, { body })).toBe('body_too_large');
  });
  it('refuses a long body whose length is not stated in the head', async () => {
    const body = Buffer.alloc(longestBody(path) + 5_000, 0x20);
    const code = listener === 'socket' ? 'body_too_large' : 'length_required';
    expect(await refusedWith(listener, path, { body, chunked: true })).toBe(code);
  });
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])(
    'refuses the media type %j',
    async (type) => {
      const sent = { body: '{}', headers: { 'content-type': type } };
      expect(await refusedWith(listener, path, sent)).toBe('unsupported_media_type');
    },
  );
  const others = ['PUT', 'DELETE', 'PATCH', 'GET'].filter((method) => !methods.includes(method));
  it.each(others)('refuses %s', async (method) => {
    // Whatever is below /dashboard/ may be a file to read.
    const code = method === 'GET' && path.startsWith('/dashboard/') ? 'not_found' : 'method_not_allowed';
    expect(await refusedWith(listener, path, { method })).toBe(code);
  });
});

describe('a signed message', () => {
  const fields: readonly (readonly [string, Record<string, unknown>])[] = [
    ['overall above 1', { scores: { overall: 1.000_001 } }],
    ['overall below 0', { scores: { overall: -0.000_001 } }],
    ['no overall', { scores: { refusal: 1 } }],
    ['a score that is text', { scores: { overall: '1' } }],
    ['a score that is null', { scores: { overall: null } }],
    [
      'too many metrics',
      { scores: Object.fromEntries([...Array(65).keys()].map((n) => [`m${n}`, 1]).concat([['overall', 1]])) },
    ],
    ['a metric name with a line break', { scores: { overall: 1, 'a\nb': 1 } }],
    ['sequence 0', { sequence: 0 }],
    ['a fractional sequence', { sequence: 1.5 }],
    ['a local time', { timestamp: '2030-01-01T00:00:00' }],
    ['a day that does not exist', { timestamp: '2030-02-30T00:00:00Z' }],
    ['a suite version of two lines', { suite_version: 'a\nb' }],
    ['an empty instance', { instance_id: '' }],
  ];
  it.each(fields)('with %s is refused, however well signed', async (_name, override) => {
    const body = JSON.stringify(node().benchmark(0.9, override));
    expect(await refusedWith('nodes', '/v1/benchmarks/node-a', { body })).toBe('invalid_message');
  });

  it('with a sequence of 2^53, which a double may have rounded, is refused as malformed JSON', async () => {
    const body = JSON.stringify(node().benchmark(0.9, { sequence: 2 ** 53 }));
    expect(await refusedWith('nodes', '/v1/benchmarks/node-a', { body })).toBe('malformed_json');
  });

  it('of another kind, another key or a changed byte does not verify', async () => {
    const message = node().benchmark(0.9);
    const other = mesh()
      .node('node-b')
      .sign('benchmark', { ...message, node_id: 'node-a' });
    const kind = node().sign('endpoint', { ...message, signature: undefined });
    const changed = { ...message, notes: 'x' };
    for (const body of [other, kind, changed]) {
      const code = await refusedWith('nodes', '/v1/benchmarks/node-a', { body: JSON.stringify(body) });
      expect(code).toBe('bad_signature');
    }
  });

  it('for another mesh is refused', async () => {
    const body = JSON.stringify(node().benchmark(0.9, { mesh_id: 'othermesh' as never }));
    expect(await refusedWith('nodes', '/v1/benchmarks/node-a', { body })).toBe('mesh_mismatch');
  });

  it('that is refused is in the log under its node, with the code and no content', async () => {
    // Earlier tests were refused in the same minute. This one gets an entry of its own.
    await mesh().controller.running.services.refusals.close();
    const body = JSON.stringify({ ...node().benchmark(0.9), notes: 'a planted note' });
    await refusedWith('nodes', '/v1/benchmarks/node-a', { body });
    const { log } = await mesh().controller.admin.node('node-a');
    expect(log.at(-1)?.entry).toMatchObject({
      type: 'message_rejected',
      node_id: 'node-a',
      data: { kind: 'benchmark', code: 'bad_signature' },
    });
    expect(JSON.stringify(log)).not.toContain('a planted note');
  });
});

describe('paths and queries', () => {
  const odd = [
    '/v1/config/..%2f..%2fnode-a',
    '/v1/config/%2e%2e/node-a',
    '/v1/config/node-a%00',
    '/v1/config/%',
    '/v1/config/%ff',
    '/v1/config/NODE-A',
    `/v1/config/${'a'.repeat(2000)}`,
    '/v1/config/',
    '/v1/config/node-a/',
    '//v1/epoch',
    '/v1/epoch/x',
    '/',
    '/v1/nodes',
    '/v1/tokens',
    '/v1/enrolments',
    '/../../etc/passwd',
  ];
  it.each(odd)('GET %s on the nodes listener', async (path) => {
    const code = await refusedWith('nodes', path, { method: 'GET' });
    expect(['not_found', 'node_mismatch', 'method_not_allowed']).toContain(code);
  });
  it.each(odd.filter((path) => path !== '/v1/enrolments'))('GET %s on the public listener', async (path) => {
    expect(await refusedWith('public', path, { method: 'GET' })).toBe('not_found');
  });
  it.each(nodeEndpoints('node-a'))('%s %s is not on the public listener', async (method, path) => {
    expect(await refusedWith('public', path, { method })).toBe('not_found');
  });
  it.each([
    'wait=61s',
    'wait=-1s',
    'wait=1',
    'wait=1e1s',
    'wait=25s25s',
    'wait=',
    `version=${'1'.repeat(65)}`,
    'instance=short',
    'instance=a%0ab',
    `instance=${'a'.repeat(65)}`,
  ])('GET /v1/config?%s', async (query) => {
    const code = await refusedWith('nodes', `/v1/config/node-a?${query}`, { method: 'GET' });
    expect(code).toBe('invalid_parameter');
  });
  it.each(['from=-1', 'from=x', 'limit=1001', 'limit=1.5', 'limit=', `from=${'9'.repeat(17)}`])(
    'GET /v1/log/entries?%s on the socket',
    async (query) => {
      expect(await refusedWith('socket', `/v1/log/entries?${query}`, { method: 'GET' })).toBe(
        'invalid_parameter',
      );
    },
  );
  it.each(['', '?peer=', '?peer=node-a', '?other=node-b'])('GET …/reach%s on the socket', async (query) => {
    expect(await refusedWith('socket', `/v1/nodes/node-a/reach${query}`, { method: 'GET' })).toBe(
      'invalid_parameter',
    );
  });
  it.each(['/v1/nodes/nobody', '/v1/nodes/..%2f', '/v1/nodes/%00', '/v1/other'])(
    'GET %s on the socket',
    async (path) => {
      expect(await refusedWith('socket', path, { method: 'GET' })).toBe('not_found');
    },
  );
  it('a node that does not exist cannot be revoked', async () => {
    const body = '{"reason":"x"}';
    expect(await refusedWith('socket', '/v1/nodes/nobody/revoke', { body })).toBe('not_found');
  });
});

describe('an enrolment', () => {
  const tampered: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['an invalid CSR', { csr_pem: 'x' }, 'possession_failed'],
    ['a weak identity key', { identity_key: `${'A'.repeat(43)}=` }, 'possession_failed'],
    ['a proof for another key', { wg_proofs: { a: `${'A'.repeat(43)}=` } }, 'possession_failed'],
    [
      'a proof without a key',
      { wg_proofs: { a: `${'A'.repeat(43)}=`, b: `${'A'.repeat(43)}=` } },
      'possession_failed',
    ],
    ['an unknown challenge', { challenge_id: 'A'.repeat(24) }, 'challenge_expired'],
    ['another mesh', { mesh_id: 'othermesh' }, 'mesh_mismatch'],
    ['an invalid token', { token: 'meshjoin1.not.a.token' }, 'token_invalid'],
    ['a name with a line break', { node_id: 'node\nz' }, 'invalid_message'],
    [
      'an address that is a name',
      { endpoint: { listen_ports: { a: 1 }, advertise: ['localhost'] } },
      'invalid_message',
    ],
    ['port 0', { endpoint: { listen_ports: { a: 0 }, advertise: [] } }, 'invalid_message'],
  ];
  it.each(tampered)('with %s is refused before the token is spent', async (_name, override, code) => {
    const token = await mesh().controller.token();
    const request = await enrolmentRequest(mesh().controller, 'node-z', token, {
      override: override as never,
    });
    const refusal = await refusedWith('public', '/v1/enrolments', { body: JSON.stringify(request) });
    expect(refusal).toBe(code);
  });

  it.each([
    ['a wrong secret', (token: string) => parseJoinToken(token).tokenId],
    ['an unknown token', () => 'unknowntoken' as TokenId],
  ])('with %s is refused before any signature is verified', async (_what, tokenIdOf) => {
    const good = await mesh().controller.token();
    const { caPins } = parseJoinToken(good);
    const token = formatJoinToken({ tokenId: tokenIdOf(good), secret: new Uint8Array(32).fill(9), caPins });
    const request = await enrolmentRequest(mesh().controller, 'node-z', token);
    const { signatures, enrolments } = mesh().controller.running.services;
    const verified = [vi.spyOn(signatures, 'verify'), vi.spyOn(enrolments, 'verify')];
    const refusal = await refusedWith('public', '/v1/enrolments', { body: JSON.stringify(request) });
    expect(refusal).toBe('token_invalid');
    for (const calls of verified) {
      expect(calls).not.toHaveBeenCalled();
      calls.mockRestore();
    }
  });

  it("with another node's certificate request is refused before the token is spent", async () => {
    const token = await mesh().controller.token();
    const other = await enrolmentRequest(mesh().controller, 'node-y', token);
    const request = await enrolmentRequest(mesh().controller, 'node-z', token, {
      override: { csr_pem: other.csr_pem },
    });
    const refusal = await refusedWith('public', '/v1/enrolments', { body: JSON.stringify(request) });
    expect(refusal).toBe('possession_failed');
  });

  it('that was changed after signing is refused', async () => {
    const request = await enrolmentRequest(mesh().controller, 'node-z', await mesh().controller.token());
    const body = JSON.stringify({ ...request, node_id: 'node-q' });
    expect(await refusedWith('public', '/v1/enrolments', { body })).toBe('bad_signature');
  });
});
