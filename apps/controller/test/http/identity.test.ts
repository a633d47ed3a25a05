// Who may speak on the nodes listener: only the one node that its certificate names, for as long as it may.

import { connect } from 'node:tls';
import { createTlsFetch, HostError } from '@mesh/host';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { spiffeId } from '../../src/trust/certificate-authority.ts';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { keysFrom, startTestController } from '../support/index.ts';
import { meshOfFile } from '../support/mesh-of-file.ts';
import { nodeEndpoints, stateOf } from '../support/requests.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

const NODE_A = parseNodeId('node-a');

const mesh = meshOfFile(['node-a', 'node-b']);
const node = () => mesh().node('node-a');

const url = (name: string) => ({ type: 'url' as const, value: name });

/**
 * Asks every endpoint with a certificate.
 *
 * @returns the codes of the problems, or how the connection failed
 */
async function askAll(cert: string | undefined, keyPem = node().keys.keyPem): Promise<Set<string>> {
  const identity = cert === undefined ? {} : { cert, key: keyPem };
  const fetch = createTlsFetch({ ca: mesh().controller.caPem, ...identity });
  const before = stateOf(mesh().controller);
  const answers = new Set<string>();
  for (const [method, path] of nodeEndpoints('node-a')) {
    const body = method === 'POST' ? '{}' : undefined;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${mesh().controller.nodesUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers }),
    }).then(
      async (response) => ((await response.json()) as { code?: string }).code ?? 'answered',
      (error: unknown) => (error instanceof HostError ? error.code : 'failed'),
    );
    answers.add(answer);
  }
  fetch.close();
  expect(stateOf(mesh().controller)).toEqual(before);
  return answers;
}

describe('no node endpoint answers', () => {
  it('without a client certificate', async () => {
    expect(await askAll(undefined)).toEqual(new Set(['connection_failed']));
  });

  it('a certificate of another CA, of a mesh and a node of the same names', async () => {
    await using other = await startTestController();
    const { authority } = other.running.services.keys;
    const issued = await forgeCertificate(other, node().keys, { names: [url(spiffeId('testmesh', NODE_A))] });
    expect(authority.certificatePem).not.toBe(mesh().controller.caPem);
    expect(await askAll(issued)).toEqual(new Set(['connection_failed']));
  });

  it.each([
    ['expired', { notBeforeMs: Date.now() - 9e7, notAfterMs: Date.now() - 1_000 }],
    ['not yet valid', { notBeforeMs: Date.now() + 6e7 }],
  ])('a certificate that is %s', async (_what, times) => {
    const cert = await forgeCertificate(mesh().controller, node().keys, {
      names: [url(spiffeId('testmesh', NODE_A))],
      ...times,
    });
    expect(await askAll(cert)).toEqual(new Set(['connection_failed']));
  });

  it.each([
    ['of another mesh', [url('spiffe://othermesh/node/node-a')]],
    ['of a mesh whose name begins alike', [url('spiffe://testmesh.evil/node/node-a')]],
    ['with two names', [url(spiffeId('testmesh', NODE_A)), url(spiffeId('testmesh', parseNodeId('node-b')))]],
    ['with the same name twice', [url(spiffeId('testmesh', NODE_A)), url(spiffeId('testmesh', NODE_A))]],
    [
      'with a DNS name besides',
      [url(spiffeId('testmesh', NODE_A)), { type: 'dns' as const, value: 'node-a' }],
    ],
    ['with a DNS name alone', [{ type: 'dns' as const, value: 'node-a' }]],
    ['without a name', []],
  ])('a certificate %s', async (_what, names) => {
    const cert = await forgeCertificate(mesh().controller, node().keys, { names });
    expect(await askAll(cert)).toEqual(new Set(['unauthenticated']));
  });

  it.each([
    ['a node that never enrolled', 'node-z', 'node-a'],
    ['a node whose key is another', 'node-a', 'node-b'],
  ])('a certificate of %s', async (_what, name, keysOf) => {
    const keys = keysFrom(keysOf);
    const cert = await forgeCertificate(mesh().controller, keys, {
      names: [url(spiffeId('testmesh', parseNodeId(name)))],
    });
    expect(await askAll(cert, keys.keyPem)).toEqual(new Set(['node_unknown']));
  });

  it('the positive control: a certificate like the right one is let in', async () => {
    const cert = await forgeCertificate(mesh().controller, node().keys, {
      names: [url(spiffeId('testmesh', NODE_A))],
    });
    const fetch = createTlsFetch({ ca: mesh().controller.caPem, cert, key: node().keys.keyPem });
    expect((await fetch(`${mesh().controller.nodesUrl}/v1/epoch`)).status).toBe(200);
    fetch.close();
  });

  it('for another node than the certificate names', async () => {
    const before = stateOf(mesh().controller);
    for (const [method, path] of nodeEndpoints('node-b')) {
      if (path === '/v1/epoch') continue;
      const answer = await node().fetch(`${mesh().controller.nodesUrl}${path}`, {
        method,
        ...(method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}),
      });
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'node_mismatch' }]);
    }
    const other = mesh().node('node-b').benchmark(0.1);
    expect(await problemOf(node().client.submitBenchmark(other))).toMatchObject({ code: 'node_mismatch' });
    expect({ ...stateOf(mesh().controller), log: [], size: 0 }).toEqual({ ...before, log: [], size: 0 });
  });
});

describe('a kept connection', () => {
  it('ends with the revocation of its node', async () => {
    await using own = await runningMesh(['node-a']);
    expect((await own.node('node-a').client.epoch()).nodes).toHaveProperty('node-a');
    await own.controller.admin.revoke('node-a', 'lost');
    for (const [method, path] of nodeEndpoints('node-a')) {
      const answer = await own.node('node-a').fetch(`${own.controller.nodesUrl}${path}`, { method });
      expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'node_revoked' }]);
    }
  });

  it('ends with its certificate', async () => {
    await using own = await runningMesh(['node-a'], { certificate_hours: 1 });
    const { clock } = own;
    await clock.advance(3_600_000 - 60_000);
    expect((await own.node('node-a').client.epoch()).nodes).toHaveProperty('node-a');
    await clock.advance(60_000);
    expect(await problemOf(own.node('node-a').client.epoch())).toMatchObject({ code: 'unauthenticated' });
  });
});

describe('TLS', () => {
  it.each(['nodes', 'public'] as const)('1.2 is refused by the %s listener, 1.3 is not', async (which) => {
    const { nodesPort, publicPort } = mesh().controller.running;
    const greet = (version: 'TLSv1.2' | 'TLSv1.3') =>
      new Promise<string>((resolve) => {
        const socket = connect(
          {
            port: which === 'nodes' ? nodesPort : publicPort,
            host: '127.0.0.1',
            ca: mesh().controller.caPem,
            cert: node().certificatePem,
            key: node().keys.keyPem,
            minVersion: version,
            maxVersion: version,
          },
          () => {
            resolve(socket.getProtocol() ?? 'none');
            socket.destroy();
          },
        );
        socket.once('error', () => resolve('refused'));
      });
    expect(await greet('TLSv1.2')).toBe('refused');
    expect(await greet('TLSv1.3')).toBe('TLSv1.3');
  });
});
