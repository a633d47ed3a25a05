// The proof of concept's clients: exactly their messages and answers, over plain HTTP on the loopback.

import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { FakeClock } from '@mesh/host/test-kit';
import { parseNodeId } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PocMesh } from '../../src/poc/poc-mesh.ts';
import { enrolmentRequest, startTestController, TestController } from '../support/index.ts';
import { problemOf } from '../support/running-mesh.ts';

const NODES = ['alpha', 'beta', 'gamma'];
const poc = { insecure_poc_compat: true, poc: { port: 0, nodes: NODES } };

let clock: FakeClock;
let controller: TestController;
let base: string;
beforeEach(async () => {
  clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 10_000 });
  controller = await startTestController({ clock, config: poc });
  base = addressOf(controller);
});
afterEach(() => controller.close());

function addressOf({ logLines }: TestController): string {
  const line = logLines.find((each) => each.includes('clients of the proof of concept'));
  return String(JSON.parse(line ?? '{}').address);
}

/** What the proof of concept's client sends and reads. */
const client = {
  submit: async (nodeId: string, overall: number, over: object = {}) => {
    const body = {
      node_id: nodeId,
      timestamp: new Date(clock.nowMs()).toISOString(),
      suite_version: 'poc-1',
      scores: { overall, refusal: overall },
      notes: 'from a test',
      ...over,
    };
    return post(`/v1/benchmarks/${nodeId}`, JSON.stringify(body));
  },
  config: (nodeId: string) => get(`/v1/config/${nodeId}`),
  epoch: () => get('/v1/epoch'),
  rotate: () => post('/v1/rotate'),
  health: () => get('/health'),
};

async function get(path: string) {
  const answer = await fetch(`${base}${path}`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
async function post(path: string, body?: string) {
  const answer = await fetch(`${base}${path}`, {
    method: 'POST',
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('a client of the proof of concept', () => {
  it('submits, is let in at the next epoch, reads its key, and is denied at once when it fails', async () => {
    expect(await client.health()).toEqual({ status: 200, body: { status: 'ok', epoch_id: 1 } });
    expect(await client.submit('alpha', 0.9)).toEqual({
      status: 200,
      body: { status: 'received', node_id: 'alpha', epoch_id: 1 },
    });
    expect((await client.config('alpha')).body).toEqual({
      node_id: 'alpha',
      epoch_id: 1,
      allowed: false,
      psk_base64: null,
      reason: expect.stringContaining('from the next epoch on'),
    });
    expect((await client.rotate()).body).toEqual({ status: 'rotate triggered' });
    const config = (await client.config('alpha')).body;
    expect(config).toEqual({
      node_id: 'alpha',
      epoch_id: 2,
      allowed: true,
      psk_base64: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      reason: expect.any(String),
    });
    await client.submit('alpha', 0.2);
    expect((await client.config('alpha')).body).toMatchObject({
      allowed: false,
      psk_base64: null,
      reason: expect.stringContaining('0.20'),
    });
  });

  it('reads the epoch: when it ends, the hash of its secret, and every node', async () => {
    await client.submit('alpha', 0.9);
    await client.submit('beta', 0.1);
    await client.rotate();
    expect((await client.epoch()).body).toEqual({
      epoch_id: 2,
      expiry_utc: new Date(Math.ceil(clock.nowMs() / 60_000) * 60_000).toISOString(),
      secret_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      nodes: {
        alpha: { membership: 'ALLOWED', reason: expect.any(String) },
        beta: { membership: 'DENIED', reason: expect.any(String) },
        gamma: { membership: 'UNKNOWN', reason: expect.any(String) },
      },
    });
  });

  it('gets a new epoch at each boundary, and none for a benchmark that is stale', async () => {
    await client.submit('alpha', 0.9);
    const ids: unknown[] = [];
    const allowed: unknown[] = [];
    // One poll a second, for three minutes.
    for (let second = 0; second < 180; second++) {
      const { body } = await client.config('alpha');
      ids.push(body.epoch_id);
      allowed.push(body.allowed);
      await clock.advance(1_000);
    }
    expect([...new Set(ids)]).toEqual([1, 2, 3, 4]);
    // It is in from the first boundary on, and until its benchmark is 120 s old.
    expect(allowed.indexOf(true)).toBe(50);
    expect(allowed.lastIndexOf(true)).toBe(120);
  });

  it.each([
    ['a node_id that is not the path', { node_id: 'beta' }, 400, 'node_mismatch'],
    ['no scores', { scores: undefined }, 400, 'invalid_message'],
    ['a timestamp that is none', { timestamp: 'yesterday' }, 400, 'invalid_message'],
  ])('is refused with %s', async (_what, over, status, code) => {
    const answer = await client.submit('alpha', 0.9, over);
    expect(answer).toMatchObject({ status, body: { code } });
    expect((await client.epoch()).body).toMatchObject({ nodes: { alpha: { membership: 'UNKNOWN' } } });
  });

  it('is refused with text that is no JSON, and under a name that is not configured', async () => {
    expect(await post('/v1/benchmarks/alpha', '{"node_id":')).toMatchObject({
      status: 400,
      body: { code: 'malformed_json' },
    });
    expect(await client.submit('delta', 0.9)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await client.config('delta')).toMatchObject({ status: 404 });
    expect(await get('/v1/nodes')).toMatchObject({ status: 404 });
  });

  it('leaves no trace in the mesh of enrolled nodes: no node, no entry, no secret', async () => {
    const { journal, view } = controller.running.services;
    const before = journal.head();
    const epochBefore = (await controller.admin.epoch()).secret_hash;
    await client.submit('alpha', 0.9);
    await client.rotate();
    const { psk_base64 } = (await client.config('alpha')).body;
    expect(journal.head()).toEqual(before);
    expect([...view.nodes()]).toEqual([]);
    expect((await client.epoch()).body.secret_hash).not.toBe(epochBefore);
    expect(controller.logLines.filter((line) => line.includes(String(psk_base64)))).toEqual([]);
  });

  it('that asks too often is told to wait', async () => {
    const statuses: number[] = [];
    for (let asked = 0; asked <= 300 * NODES.length; asked++) statuses.push((await client.health()).status);
    expect(statuses.at(-2)).toBe(200);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('the listener', () => {
  it('can be reached from this machine alone', async () => {
    const port = Number(new URL(base).port);
    const outside = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    const reached = (host: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port, timeout: 1_000 }, () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('timeout', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    expect(await reached('127.0.0.1')).toBe(true);
    if (outside !== undefined) expect(await reached(outside)).toBe(false);
  });

  it('is not there without the flag', async () => {
    await using plain = await startTestController({ config: { poc: { port: 0 } } });
    expect(plain.logLines.filter((line) => line.includes('proof of concept'))).toEqual([]);
  });

  it('has no enrolled nodes beside it: none is let in, and a database that has some is refused', async () => {
    const request = await enrolmentRequest(controller, 'node-a', await controller.token());
    expect((await problemOf(controller.public.enrol(request))).code).toBe('state_conflict');
    const { directory } = controller;
    const honest = new TestController({ directory });
    await controller.stop();
    await honest.start();
    await honest.public.enrol(await enrolmentRequest(honest, 'node-a', await honest.token()));
    await honest.stop();
    await expect(new TestController({ directory, config: poc }).start()).rejects.toThrow(
      'has enrolled nodes (node-a)',
    );
  });
});

describe('the key', () => {
  it("is the proof of concept's, HMAC-SHA256(epoch secret, node id), and new in each epoch", () => {
    const secret = (fill: number) => new Uint8Array(32).fill(fill);
    let drawn = 0;
    const mesh = new PocMesh({
      nodeIds: [parseNodeId('alpha')],
      policy: () => parsePolicy({}),
      epochMs: 60_000,
      randomBytes: () => secret(++drawn),
      nowMs: 0,
    });
    const alpha = parseNodeId('alpha');
    mesh.submit(alpha, { scores: { overall: 0.9 }, measuredAtMs: 0, arrivedAtMs: 0 }, 0);
    expect(mesh.psk(alpha, 0)).toBeUndefined();
    const expected = (fill: number) => createHmac('sha256', secret(fill)).update('alpha').digest('base64');
    expect(mesh.psk(alpha, 60_000)).toBe(expected(2));
    expect(mesh.psk(alpha, 120_000)).toBe(expected(3));
    mesh.close();
    expect(() => mesh.psk(alpha, 120_000)).toThrow('disposed');
  });
});
