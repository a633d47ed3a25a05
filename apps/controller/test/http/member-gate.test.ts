// A member that sends more than it may is refused before its body is read, and other members do not notice.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import { ProblemError } from '@mesh/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RESERVE_FACTOR } from '../../src/http/gate/arrivals.ts';
import { until } from '../support/index.ts';
import { problemOf, type RunningMesh, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const PER_MINUTE = 5;
const limits = { node_per_minute: PER_MINUTE, address_per_minute: 1_000, connections_per_second: 1_000_000 };
const ALL_AT_ONCE = PER_MINUTE * (1 + RESERVE_FACTOR);

/** A connection of a node, on which tests send raw bytes. */
class RawConnection {
  readonly socket: TLSSocket;
  received = '';
  isClosed = false;

  constructor(mesh: RunningMesh, nodeId: string) {
    const { enrolment, keys } = mesh.node(nodeId);
    this.socket = connect({
      host: '127.0.0.1',
      port: mesh.controller.running.nodesPort,
      ca: mesh.controller.caPem,
      cert: enrolment.certificate_pem,
      key: keys.keyPem,
    });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(mesh: RunningMesh, nodeId: string): Promise<RawConnection> {
    const connection = new RawConnection(mesh, nodeId);
    await once(connection.socket, 'secureConnect');
    return connection;
  }

  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
  }

  async closed(): Promise<void> {
    await until('the connection to end', () => this.isClosed);
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const blockingQuery = (nodeId: string, version: string) =>
  get(`/v1/config/${nodeId}?version=${version}&wait=60s&instance=instance-of-${nodeId}`);
/** The head of a message of 65 KB, without its body. */
const postHead = (path: string) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 65000\r\n\r\n`;

/** Requests a missing path until the ordinary allowance, or both allowances, are used up. */
async function useUp(mesh: RunningMesh, nodeId: string, path = '/v1/nothing'): Promise<number[]> {
  const { fetch } = mesh.node(nodeId);
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429) {
    if (statuses.length > 2 * ALL_AT_ONCE) throw new Error('nothing is ever refused');
    statuses.push((await fetch(`${mesh.controller.nodesUrl}${path}`)).status);
  }
  return statuses;
}

const handled = (mesh: RunningMesh) =>
  mesh.controller.logLines.filter((line) => line.includes('"answered"')).length;

describe('the allowance of a node', () => {
  it.each([
    ['paths that are not there', () => '/v1/nothing', 404],
    ['bad parameters', (nodeId: string) => `/v1/config/${nodeId}?wait=never`, 400],
    ['the path of another node', () => '/v1/config/node-b', 400],
  ])('is charged for %s', async (_what, pathOf, status) => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { limits });
    const statuses = await useUp(mesh, 'node-a', pathOf('node-a'));
    // A config query may use the reserve, and a wrong one is charged as well.
    expect(statuses.length - 1).toBe(pathOf('node-a').startsWith('/v1/config') ? ALL_AT_ONCE : PER_MINUTE);
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([status]));
    expect((await mesh.node('node-b').client.epoch()).nodes).toHaveProperty('node-b');
  });

  it.each([
    ['an unknown expectation', 'expect: nothing\r\nhost: x\r\n'],
    ['no host', ''],
  ])('is charged for %s, which Node would answer itself', async (_what, headers) => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const asking = await RawConnection.open(mesh, 'node-a');
    const request = `GET /v1/nothing HTTP/1.1\r\n${headers}\r\n`;
    for (let asked = 1; asked <= PER_MINUTE; asked++) {
      asking.socket.write(request);
      await until('an answer', () => asking.statuses.length === asked);
    }
    asking.socket.write(request);
    await asking.closed();
    expect(asking.statuses.at(-1)).toBe(429);
  });

  it.each([
    ['of no announced length', 'transfer-encoding: chunked', 411],
    ['that is announced as too long', 'content-length: 65537', 413],
  ])('is charged for a body %s, which is not read', async (_what, header, status) => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { limits });
    const before = handled(mesh);
    const head = `POST /v1/benchmarks/node-a HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`;
    const statuses: number[] = [];
    for (let sent = 0; sent <= ALL_AT_ONCE; sent++) {
      const post = await RawConnection.open(mesh, 'node-a');
      post.socket.write(head);
      await post.closed();
      statuses.push(...post.statuses);
    }
    expect(statuses).toEqual([...Array(ALL_AT_ONCE).fill(status), 429]);
    expect(handled(mesh)).toBe(before);
  });

  it('is charged for a second agent that is refused', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const node = mesh.node('node-a');
    const version = (await node.config())?.body.version as string;
    const waiting = node.config({ version, waitSeconds: 60 }).catch(() => undefined);
    await untilWaiting(mesh);
    const codes: string[] = [];
    for (let asked = 0; asked < ALL_AT_ONCE; asked++)
      codes.push(
        (await problemOf(node.config({ version, waitSeconds: 60, instanceId: 'another-one' }))).code,
      );
    // Two requests were charged before: the first config, and the query that waits.
    expect(codes.indexOf('rate_limited')).toBe(ALL_AT_ONCE - 2);
    mesh.controller.running.services.waiters.close();
    await waiting;
  });

  it('is charged for queries that a newer one supersedes', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const node = mesh.node('node-a');
    const version = (await node.config())?.body.version as string;
    const codes: unknown[] = [];
    const ask = () =>
      node.config({ version, waitSeconds: 60 }).catch((error: unknown) => {
        codes.push(error instanceof ProblemError ? error.problem.code : 'ended');
      });
    const asked: Promise<unknown>[] = [];
    while (!codes.includes('rate_limited')) {
      if (asked.length > 2 * ALL_AT_ONCE) throw new Error('nothing is ever refused');
      const before = codes.length;
      asked.push(ask());
      if (asked.length > 1) await until('one to be answered', () => codes.length > before);
    }
    expect(codes.filter((code) => code === 'query_outstanding').length).toBeLessThan(ALL_AT_ONCE);
    mesh.controller.running.services.waiters.close();
    await Promise.all(asked);
  });

  it('is not used up by waiting, nor by news', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c'], { limits });
    const node = mesh.node('node-a');
    let version = (await node.config())?.body.version as string;
    const ask = async (cause: () => Promise<unknown>) => {
      const waiting = node.config({ version, waitSeconds: 1 });
      await untilWaiting(mesh);
      await cause();
      const answer = await waiting;
      version = answer?.body.version ?? version;
      return answer;
    };
    for (let round = 0; round < 2 * PER_MINUTE; round++)
      expect(await ask(() => mesh.clock.advance(1_000))).toBeUndefined();
    for (const name of ['node-b', 'node-c'])
      for (let at = 1; at < PER_MINUTE; at++) {
        const moved = mesh.node(name).endpoint([`192.0.2.${at}`]);
        expect(await ask(() => mesh.node(name).client.reportEndpoint(moved))).toBeDefined();
      }
    expect((await node.client.epoch()).nodes).toHaveProperty('node-a');
  });

  it('leaves a reserve for failing scores, which is limited', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { limits });
    await useUp(mesh, 'node-a');
    const node = mesh.node('node-a');
    expect(await problemOf(node.submit(0.9))).toMatchObject({ code: 'rate_limited' });
    expect((await node.submit(0.1)).membership).toBe('DENIED');
    await useUp(mesh, 'node-a', '/v1/config/node-a?wait=never');
    const head = await RawConnection.open(mesh, 'node-a');
    head.socket.write(postHead('/v1/benchmarks/node-a'));
    await head.closed();
    expect(head.statuses).toEqual([429]);
  });
});

describe('beyond it', () => {
  it('a message of 65 KB is answered and its connection ended before any of its body has arrived', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { limits });
    await useUp(mesh, 'node-a', '/v1/config/node-a?wait=never');
    const before = handled(mesh);
    for (let sent = 0; sent < 20; sent++) {
      const post = await RawConnection.open(mesh, 'node-a');
      post.socket.write(postHead('/v1/benchmarks/node-a'));
      await post.closed();
      expect(post.statuses).toEqual([429]);
      expect(post.received).toMatch(/retry-after: [1-9]\d*\r\n/i);
      expect(post.received).toMatch(/connection: close\r\n/i);
      expect(post.received).toContain('"rate_limited"');
    }
    expect(handled(mesh)).toBe(before);
    expect((await mesh.node('node-b').submit(0.9)).membership).toBe('ALLOWED');
    const said = mesh.controller.logLines.filter((line) => line.includes('sends too often'));
    expect(said).toHaveLength(1);
  });
});

/** RFC 8446, section 5.1: the most that Node's parser gets at once. */
const TLS_RECORD_BYTES = 16_384;

describe('what is still sent over a connection that is being ended', () => {
  it.each([
    ['further requests', get('/'), get('/')],
    [
      'a body in pieces of a byte',
      'POST /v1/leave/node-a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
      '1\r\n \r\n',
    ],
  ])('is not parsed beyond the data that came with the last request: %s', async (_what, first, tail) => {
    await using mesh = await runningMesh(['node-a'], { limits });
    await useUp(mesh, 'node-a');
    let parsed = 0;
    const count = () => {
      parsed += 1;
    };
    subscribe('http.server.request.start', count);
    onTestFinished(() => void unsubscribe('http.server.request.start', count));
    const pieces = vi.spyOn(IncomingMessage.prototype, 'push');
    onTestFinished(() => pieces.mockRestore());
    const flood = await RawConnection.open(mesh, 'node-a');
    flood.socket.write(first + tail.repeat(16_000_000 / tail.length));
    await flood.closed();
    const ends = pieces.mock.calls.filter(([piece]) => piece === null).length;
    expect(parsed + pieces.mock.calls.length - ends).toBeGreaterThan(0);
    expect(parsed + pieces.mock.calls.length - ends).toBeLessThanOrEqual(TLS_RECORD_BYTES / tail.length + 1);
  });
});

describe('one node', () => {
  it('has at most eight requests in progress, however many it pipelines over however many connections', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const version = (await mesh.node('node-b').config())?.body.version as string;
    const good = mesh.node('node-b').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    const before = handled(mesh);
    for (let opened = 0; opened < 20; opened++) {
      const flood = await RawConnection.open(mesh, 'node-a');
      flood.socket.write(blockingQuery('node-a', version).repeat(16));
      await flood.closed();
      // No waiting query was answered. Only superseded queries were, and those whose connection ended.
      expect(flood.statuses.length).toBeLessThanOrEqual(8);
    }
    expect(handled(mesh) - before).toBeLessThanOrEqual(20 * 8);
    await mesh.controller.admin.revoke('node-a', 'floods');
    expect((await good)?.body).toMatchObject({ removed: ['node-a'] });
  });

  it('has at most eight connections: one more ends the oldest idle one', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    mesh.node('node-a').close();
    const version = (await mesh.node('node-b').config())?.body.version as string;
    const open: RawConnection[] = [];
    for (let opened = 0; opened < 8; opened++) open.push(await RawConnection.open(mesh, 'node-a'));
    const [oldest, second] = open as [RawConnection, RawConnection];
    oldest.socket.write(blockingQuery('node-a', version));
    await untilWaiting(mesh);
    const ninth = await RawConnection.open(mesh, 'node-a');
    await second.closed();
    ninth.socket.write(get('/v1/epoch'));
    await until('an answer', () => ninth.statuses.length === 1);
    expect(ninth.statuses).toEqual([200]);
    expect(open.map(({ isClosed }) => isClosed)).toEqual([false, true, ...Array(6).fill(false)]);
    for (const { socket } of [...open, ninth]) socket.destroy();
  });
});

describe('a node that pipelines more than it may', () => {
  it('loses all its connections, and for a second new ones are ended before anything on them is parsed', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const idle = await RawConnection.open(mesh, 'node-a');
    const flood = await RawConnection.open(mesh, 'node-a');
    flood.socket.write(get('/v1/epoch').repeat(100));
    await Promise.all([flood.closed(), idle.closed()]);
    let begun = 0;
    const count = () => {
      begun += 1;
    };
    subscribe('http.server.request.start', count);
    onTestFinished(() => void unsubscribe('http.server.request.start', count));
    for (let opened = 0; opened < 10; opened++) {
      const again = new RawConnection(mesh, 'node-a');
      again.socket.write(get('/v1/epoch'));
      await again.closed();
    }
    expect(begun).toBe(0);
    expect((await mesh.node('node-b').client.epoch()).nodes).toHaveProperty('node-a');
    await mesh.clock.advance(1_000);
    const later = await RawConnection.open(mesh, 'node-a');
    later.socket.write(get('/v1/epoch'));
    await until('an answer', () => later.statuses.length === 1);
    expect(later.statuses).toEqual([200]);
    later.socket.destroy();
  });
});

describe('a revoked node', () => {
  it('learns it from its waiting query; then its connections end, idle or not', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const version = (await mesh.node('node-a').config())?.body.version as string;
    const idle = await RawConnection.open(mesh, 'node-a');
    const waiting = await RawConnection.open(mesh, 'node-a');
    const other = await RawConnection.open(mesh, 'node-b');
    waiting.socket.write(blockingQuery('node-a', version));
    await untilWaiting(mesh);
    const head = postHead('/v1/benchmarks/node-a').replace('\r\n\r\n', '\r\nexpect: 100-continue\r\n\r\n');
    const [stuck, sending] = await Promise.all([1, 2].map(() => RawConnection.open(mesh, 'node-a')));
    for (const each of [stuck, sending]) each?.socket.write(head);
    await until('their heads to be taken', () =>
      [stuck, sending].every((each) => each?.statuses.includes(100)),
    );
    await mesh.controller.admin.revoke('node-a', 'lost');
    await Promise.all([idle.closed(), waiting.closed()]);
    expect(waiting.statuses).toEqual([200]);
    expect(waiting.received).toContain('"allowed":false');
    sending?.socket.write('x'.repeat(65_000));
    await sending?.closed();
    expect(sending?.statuses).toEqual([100, 400]);
    expect(stuck?.isClosed).toBe(false);
    await mesh.clock.advance(1_000);
    await stuck?.closed();
    other.socket.write(get('/v1/epoch'));
    await until('an answer', () => other.statuses.length === 1);
    expect(other.statuses).toEqual([200]);
    other.socket.destroy();
  });

  it('learns on a new connection, once, that it is revoked, and nothing of its message is read', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.controller.admin.revoke('node-a', 'lost');
    const before = handled(mesh);
    const post = await RawConnection.open(mesh, 'node-a');
    post.socket.write(postHead('/v1/benchmarks/node-a'));
    await post.closed();
    expect(post.statuses).toEqual([403]);
    expect(post.received).toContain('"node_revoked"');
    expect(handled(mesh)).toBe(before);
  });

  it('that has used up its allowance loses new connections before any request', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    await useUp(mesh, 'node-a');
    await mesh.controller.admin.revoke('node-a', 'lost');
    const again = new RawConnection(mesh, 'node-a');
    await again.closed();
    expect(again.statuses).toEqual([]);
  });
});
