// Every kind of certificate that is not the caller's own, over real TLS, at every route of the nodes
// listener, with a message that another node has validly signed. And what would get in if a check were
// missing.

import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { jsonRequest, RawConnection, requestBytes } from '@mesh/host/fuzz-kit';
import { parseNodeId } from '@mesh/primitives';
import { parseProblem } from '@mesh/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Authenticator } from '../../src/http/gate/authenticate.ts';
import { Callers } from '../../src/http/gate/callers.ts';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { spiffeId } from '../../src/trust/certificate-authority.ts';
import { type Forgery, forgeCertificate } from '../support/forge-certificate.ts';
import { keysFrom, startTestController, until } from '../support/index.ts';
import { meshOfFile } from '../support/mesh-of-file.ts';
import { stateOf } from '../support/requests.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const mesh = meshOfFile(['node-a', 'node-b']);
const NODE_A = parseNodeId('node-a');
const uri = (nodeId: string, meshId = 'testmesh') => ({
  type: 'url' as const,
  value: spiffeId(meshId, parseNodeId(nodeId)),
});

interface Presented {
  readonly cert?: string;
  readonly key?: string;
}

const toNodes = ({ controller }: RunningMesh, more: ConnectionOptions): TLSSocket =>
  connect({ host: '127.0.0.1', port: controller.running.nodesPort, ca: controller.caPem, ...more });

/** Asks at every route about a node, with a message of its own where the route takes one. */
async function knock(target: RunningMesh, presented: Presented, nodeId = 'node-a'): Promise<Set<string>> {
  const codes = new Set<string>();
  const connection = new RawConnection(() => toNodes(target, presented));
  onTestFinished(() => connection.close());
  const body = target.node(nodeId).benchmark(0.1);
  for (const { method, path } of memberRoutes) {
    const url = path.replace(':node_id', nodeId);
    const request =
      method === 'POST'
        ? jsonRequest('POST', url, body)
        : requestBytes({ method, target: url, headers: [], body: undefined });
    const answer = await connection.ask(request, false);
    codes.add(answer === undefined ? 'no connection' : codeOf(answer));
  }
  return codes;
}

function codeOf({ status, body }: { readonly status: number; readonly body: string }): string {
  return status < 400 ? 'answered' : (parseProblem(JSON.parse(body))?.code ?? `status ${status}`);
}

const forge = async (forgery: Forgery, keysOf = 'node-a'): Promise<Presented> => ({
  cert: await forgeCertificate(mesh().controller, keysFrom(keysOf), forgery),
  key: keysFrom(keysOf).keyPem,
});

const DAY_MS = 86_400_000;
const NOT_IN_TLS = ['no connection'];

const strangers: readonly (readonly [string, () => Promise<Presented>, readonly string[]])[] = [
  ['no certificate', async () => ({}), NOT_IN_TLS],
  [
    'one that ended a second ago',
    () => forge({ names: [uri('node-a')], notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() - 1_000 }),
    NOT_IN_TLS,
  ],
  [
    'one of tomorrow',
    () => forge({ names: [uri('node-a')], notBeforeMs: Date.now() + DAY_MS / 2 }),
    NOT_IN_TLS,
  ],
  ['one for servers', () => forge({ names: [uri('node-a')], usage: 'server' }), NOT_IN_TLS],
  [
    'one that another node has issued',
    () =>
      forge({
        names: [uri('node-a')],
        issuedBy: { keys: keysFrom('node-b'), certificatePem: mesh().node('node-b').certificatePem },
      }),
    NOT_IN_TLS,
  ],
  ['one of another mesh', () => forge({ names: [uri('node-a', 'othermesh')] }), ['unauthenticated']],
  ['one with two names', () => forge({ names: [uri('node-a'), uri('node-b')] }), ['unauthenticated']],
  [
    'one with two names, turned round',
    () => forge({ names: [uri('node-b'), uri('node-a')] }),
    ['unauthenticated'],
  ],
  [
    'one with a name below the node',
    () => forge({ names: [{ type: 'url', value: `${uri('node-a').value}/x` }] }),
    ['node_unknown'],
  ],
  [
    'one with an empty node',
    () => forge({ names: [{ type: 'url', value: uri('node-a').value.replace('node-a', '') }] }),
    ['node_unknown'],
  ],
  [
    'one with its name in capitals',
    () => forge({ names: [{ type: 'url', value: uri('node-a').value.toUpperCase() }] }),
    ['unauthenticated'],
  ],
  ['one without a name', () => forge({ names: [] }), ['unauthenticated']],
  ['one with another key', () => forge({ names: [uri('node-a')] }, 'usurper'), ['node_unknown']],
  [
    "node-b's",
    async () => ({ cert: mesh().node('node-b').certificatePem, key: keysFrom('node-b').keyPem }),
    // The last two: a tile and a proof of the log, of which the requests here name none.
    ['node_mismatch', 'answered', 'not_found', 'invalid_parameter'],
  ],
];

describe('at the routes of node-a,', () => {
  it.each(strangers)('%s gets nothing and changes nothing', async (_name, present, codes) => {
    const before = stateOf(mesh().controller);
    expect([...(await knock(mesh(), await present()))].sort()).toEqual([...codes].sort());
    const after = stateOf(mesh().controller);
    expect({ ...after, size: 0, log: [] }).toEqual({ ...before, size: 0, log: [] });
  });

  it('one of another CA with the same names gets nothing', async () => {
    await using other = await startTestController();
    const cert = await forgeCertificate(other, keysFrom('node-a'), { names: [uri('node-a')] });
    expect([...(await knock(mesh(), { cert, key: keysFrom('node-a').keyPem }))]).toEqual(NOT_IN_TLS);
  });

  it('the certificate without its key gets nothing', async () => {
    const { certificatePem } = mesh().node('node-a');
    expect(() => toNodes(mesh(), { cert: certificatePem, key: keysFrom('node-b').keyPem })).toThrow(
      /mismatch/,
    );
  });

  it('the control: a certificate like its own is answered', async () => {
    expect([...(await knock(mesh(), await forge({ names: [uri('node-a')] })))]).toContain('answered');
  });
});

describe('without the check', () => {
  it('of the number of names, one of two names would do', async () => {
    const two = await forge({ names: [uri('node-a'), uri('node-b')] });
    vi.spyOn(Callers.prototype, 'of').mockImplementation((socket) => {
      const names = socket.getPeerX509Certificate()?.subjectAltName?.split(', ') ?? [];
      const nodeId = names[0]?.split('/').at(-1) ?? '';
      const identityKey = mesh().controller.running.services.view.node(NODE_A)?.identityKey;
      return identityKey === undefined
        ? undefined
        : { nodeId, identityKey, notAfterMs: Date.now() + DAY_MS, caPin: mesh().controller.caPin };
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect([...(await knock(mesh(), two))]).toContain('answered');
  });

  it('of the path, node-b reads the config of node-a', async () => {
    const asked = requestBytes({ method: 'GET', target: '/v1/config/node-a', headers: [], body: undefined });
    const { certificatePem } = mesh().node('node-b');
    const presented = { cert: certificatePem, key: keysFrom('node-b').keyPem };
    const connection = new RawConnection(() => toNodes(mesh(), presented));
    onTestFinished(() => connection.close());
    expect((await connection.ask(asked, false))?.body).toContain('node_mismatch');
    vi.spyOn(Authenticator.prototype, 'node').mockImplementation(
      (_socket, nodeId) => mesh().controller.running.services.view.node(nodeId ?? '') as never,
    );
    onTestFinished(() => void vi.restoreAllMocks());
    expect((await connection.ask(asked, false))?.body).toContain('"node_id":"node-a"');
  });
});

describe('a connection that is resumed from an earlier session', () => {
  /** Connects, asks something and keeps the session. */
  async function sessionOf(own: RunningMesh): Promise<ConnectionOptions> {
    const node = own.node('node-a');
    const options = { cert: node.certificatePem, key: node.keys.keyPem };
    const first = toNodes(own, options);
    let session: Buffer | undefined;
    first.on('session', (bytes: Buffer) => {
      session = bytes;
    });
    await once(first, 'secureConnect');
    first.write('GET /v1/epoch HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('a session', () => session !== undefined);
    first.destroy();
    return { ...options, session };
  }

  const epoch = requestBytes({ method: 'GET', target: '/v1/epoch', headers: [], body: undefined });

  it('is resumed, and answered as long as its node is in', async () => {
    await using own = await runningMesh(['node-a']);
    const socket = toNodes(own, await sessionOf(own));
    const connection = new RawConnection(() => socket);
    expect((await connection.ask(epoch, false))?.status).toBe(200);
    expect(socket.isSessionReused()).toBe(true);
    connection.close();
  });

  it('of a node that was revoked learns so', async () => {
    await using own = await runningMesh(['node-a']);
    const options = await sessionOf(own);
    await own.controller.admin.revoke('node-a', 'lost');
    const connection = new RawConnection(() => toNodes(own, options));
    expect((await connection.ask(epoch, false))?.body).toContain('node_revoked');
    connection.close();
  });

  it('with a certificate that has ended since is refused', async () => {
    await using own = await runningMesh(['node-a'], { certificate_hours: 1 });
    const options = await sessionOf(own);
    await own.clock.advance(3_600_000);
    const connection = new RawConnection(() => toNodes(own, options));
    expect((await connection.ask(epoch, false))?.body).toContain('unauthenticated');
    connection.close();
  });
});

describe('TLS', () => {
  const greet = (options: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', ca: mesh().controller.caPem, ...options }, () => {
        resolve(socket.getProtocol() ?? 'none');
        socket.destroy();
      });
      socket.once('error', () => resolve('refused'));
    });

  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)('%s is refused at both doors', async (version) => {
    const { nodesPort, publicPort } = mesh().controller.running;
    const { certificatePem, keys } = mesh().node('node-a');
    for (const port of [nodesPort, publicPort]) {
      const options = { port, cert: certificatePem, key: keys.keyPem };
      expect(await greet({ ...options, minVersion: version, maxVersion: version })).toBe('refused');
      expect(await greet(options)).toBe('TLSv1.3');
    }
  });
});
