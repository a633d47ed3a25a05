// Another CA takes the place of the present one, in a running mesh: a node that has renewed its certificate,
// one that has not, restarts in between, and what would get in if it were done otherwise.

import { createTlsFetch, fetchCaWithPin, spkiPin } from '@mesh/host';
import { createNodeClient, ProblemError, parseJoinToken } from '@mesh/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CertificateAuthority, createAuthority } from '../../src/trust/certificate-authority.ts';
import { MeshAuthority } from '../../src/trust/mesh-authority.ts';
import { enrolTestNode, startTestController, TestNode, until } from '../support/index.ts';
import { certificateRequest, keysFrom } from '../support/node-keys.ts';
import { entriesOf, requestFor, signedBy } from '../support/officers.ts';
import {
  fullConfig,
  problemOf,
  type RunningMesh,
  runningMesh,
  untilWaiting,
} from '../support/running-mesh.ts';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;
const pinsIn = (pem: string) => (pem.match(PEM) ?? []).map((one) => spkiPin(one));
const rotate = ({ controller }: RunningMesh) => controller.admin.rotateCa({ reason: 'it is time' });
const finish = ({ controller }: RunningMesh, force = false) =>
  controller.admin.finishCa({ reason: 'all are ready', force });
const secretNames = ({ controller }: RunningMesh) =>
  controller.db.prepare("SELECT name FROM sealed_secrets WHERE name LIKE 'ca%' ORDER BY name").pluck().all();
const typesOf = async ({ controller }: RunningMesh) =>
  (await controller.admin.log({ limit: 1000 })).entries
    .map(({ entry }) => entry)
    .filter(({ type }) => String(type).startsWith('ca_'));

/** The node with what an agent stores when it renews: certificate and CAs. It has not connected with them. */
async function renewed(node: TestNode): Promise<TestNode> {
  const answer = await node.client.renewCertificate(await certificateRequest(node.keys, node.nodeId));
  const now = new TestNode(node.controller, node.nodeId, {
    keys: node.keys,
    enrolment: { ...node.enrolment, ...answer },
  });
  onTestFinished(() => now.close());
  return now;
}

async function readyNode(mesh: RunningMesh, name: string): Promise<TestNode> {
  const now = await renewed(mesh.node(name));
  await now.client.epoch();
  await until(`${name} to be ready`, async () => !(await notReady(mesh)).includes(name));
  return now;
}
const notReady = async ({ controller }: RunningMesh) =>
  (await controller.admin.caStatus()).not_ready.map(String);

describe('while two CAs are trusted', () => {
  it('a node with the old certificate and one with the new are both served, by the old server certificate', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const old = mesh.controller.caPin;
    const { next_ca_pin: next, not_ready } = await rotate(mesh);
    expect(not_ready).toEqual(['node-a', 'node-b']);
    const now = await renewed(mesh.node('node-a'));
    expect(pinsIn(now.enrolment.ca_pem)).toEqual([old, next]);
    // The answer alone makes nobody ready: it may have been lost.
    expect(await notReady(mesh)).toEqual(['node-a', 'node-b']);
    await now.client.epoch();
    await until('node-a to be ready', async () => (await notReady(mesh)).length === 1);
    mesh.node('node-b').reconnect();
    await mesh.node('node-b').client.epoch();
    expect(await notReady(mesh)).toEqual(['node-b']);
    expect(await typesOf(mesh)).toMatchObject([
      { type: 'ca_rotation_started', data: { ca_pin: old, next_ca_pin: next, actor: 'socket' } },
      { type: 'ca_trusted', node_id: 'node-a', data: { next_ca_pin: next } },
    ]);
  });

  it('join tokens pin both, and a new node is ready from its first request', async () => {
    await using mesh = await runningMesh([]);
    const { ca_pin, next_ca_pin } = await rotate(mesh);
    const token = parseJoinToken(await mesh.controller.token({}));
    const pins = token.caPins.map((pin) => Buffer.from(pin).toString('base64url'));
    expect(pins).toEqual([ca_pin, next_ca_pin]);
    const node = await enrolTestNode(mesh.controller, 'node-n', {});
    onTestFinished(() => node.close());
    await node.client.epoch();
    await until('node-n to be ready', async () => (await notReady(mesh)).length === 0);
  });

  it('a restart keeps both, with who is ready', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await rotate(mesh);
    const now = await readyNode(mesh, 'node-a');
    const before = await mesh.controller.admin.caStatus();
    await mesh.controller.restart();
    expect(await mesh.controller.admin.caStatus()).toEqual(before);
    for (const node of [now, mesh.node('node-b')]) {
      node.reconnect();
      await node.client.epoch();
    }
    expect(pinsIn((await renewed(mesh.node('node-b'))).enrolment.ca_pem)).toHaveLength(2);
  });

  it('a second rotation is refused', async () => {
    await using mesh = await runningMesh([]);
    await rotate(mesh);
    expect(await problemOf(rotate(mesh))).toMatchObject({ code: 'state_conflict' });
    expect(secretNames(mesh)).toHaveLength(2);
  });
});

describe('the end', () => {
  it('is refused with the names of those that it would cut off, and then changes nothing', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await rotate(mesh);
    await readyNode(mesh, 'node-a');
    const refusal = await finish(mesh).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProblemError);
    expect((refusal as ProblemError).problem.detail).toMatch(/^node-b: not ready/);
    expect((await mesh.controller.admin.caStatus()).ca_pin).toBe(mesh.controller.caPin);
  });

  it('leaves the next CA alone: ready nodes stay, the old key is gone, and a restart finds the same', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { next_ca_pin: next } = await rotate(mesh);
    const now = await readyNode(mesh, 'node-a');
    expect(await finish(mesh)).toEqual({ ca_pin: next, next_ca_pin: null, not_ready: [] });
    for (const _start of ['running', 'restarted']) {
      now.reconnect();
      await now.client.epoch();
      const fetched = await fetchCaWithPin(mesh.controller.publicUrl, [next ?? '']);
      expect(pinsIn(fetched)).toEqual([next]);
      expect(secretNames(mesh)).toEqual([`ca-${next}`]);
      expect(pinsIn((await renewed(now)).enrolment.ca_pem)).toEqual([next]);
      await mesh.controller.restart();
    }
    // And so on: the key has another name by now.
    await rotate(mesh);
    expect(secretNames(mesh)).toHaveLength(2);
    expect((await finish(mesh, true)).ca_pin).not.toBe(next);
    expect(secretNames(mesh)).toHaveLength(1);
  });

  it('overwrites the old key in the files', async () => {
    await using mesh = await runningMesh([]);
    const sealed = mesh.controller.db
      .prepare("SELECT sealed FROM sealed_secrets WHERE name = 'ca'")
      .pluck()
      .get() as Buffer;
    const { readFileSync } = await import('node:fs');
    const holds = () =>
      ['', '-wal'].some((end) => readFileSync(`${mesh.controller.db.name}${end}`).includes(sealed));
    await rotate(mesh);
    expect(holds()).toBe(true);
    await finish(mesh);
    expect(holds()).toBe(false);
  });

  it('does not wait for a node whose certificate has ended, or that is revoked', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { certificate_hours: 1 });
    await rotate(mesh);
    await mesh.controller.admin.revoke('node-a', 'lost');
    expect(await notReady(mesh)).toEqual(['node-b']);
    await mesh.clock.advance(3_600_000);
    expect(await notReady(mesh)).toEqual([]);
  });

  it('is refused where no rotation is under way', async () => {
    await using mesh = await runningMesh([]);
    expect(await problemOf(finish(mesh))).toMatchObject({ code: 'state_conflict' });
  });
});

describe('a certificate of the old CA after the end', () => {
  /** The rotation is over. Node-a is ready, and has kept a connection with its old certificate. */
  async function afterEnd(): Promise<RunningMesh> {
    const mesh = await runningMesh(['node-a']);
    onTestFinished(() => mesh[Symbol.asyncDispose]());
    await mesh.node('node-a').client.epoch();
    await rotate(mesh);
    await readyNode(mesh, 'node-a');
    await finish(mesh);
    return mesh;
  }
  /** Trusts the next CA as well, so that only the controller can refuse. */
  const knocking = async (mesh: RunningMesh) => {
    const { certificatePem, keys } = mesh.node('node-a');
    const fetch = createTlsFetch({ ca: mesh.controller.caPem, cert: certificatePem, key: keys.keyPem });
    onTestFinished(() => fetch.close());
    return createNodeClient({ baseUrl: mesh.controller.nodesUrl, fetch }, 'node-a').epoch();
  };

  it('is refused on a connection that is open, and in TLS on a new one', async () => {
    const mesh = await afterEnd();
    expect(await problemOf(mesh.node('node-a').client.epoch())).toMatchObject({ code: 'unauthenticated' });
    await expect(knocking(mesh)).rejects.not.toBeInstanceOf(ProblemError);
  });

  it('ends a query that waits, of a node that was not ready', async () => {
    const mesh = await runningMesh(['node-a']);
    onTestFinished(() => mesh[Symbol.asyncDispose]());
    const { version } = await fullConfig(mesh.node('node-a'));
    const ended = mesh
      .node('node-a')
      .config({ version, waitSeconds: 60 })
      .then(
        () => 'answered',
        () => 'ended',
      );
    await untilWaiting(mesh);
    await rotate(mesh);
    await finish(mesh, true);
    await mesh.clock.advance(2_000);
    expect(await ended).toBe('ended');
    expect((await typesOf(mesh)).at(-1)).toMatchObject({ data: { not_ready: 1 } });
  });

  it('the control: without the check on each request, the open connection is answered', async () => {
    const mesh = await afterEnd();
    vi.spyOn(MeshAuthority.prototype, 'isTrusted').mockReturnValue(true);
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(mesh.node('node-a').client.epoch()).resolves.toBeDefined();
  });
});

describe('a CA that somebody else made', () => {
  /** A certificate for node-a's own key and name, from a CA that has the names of the mesh's. */
  async function foreign(mesh: RunningMesh) {
    const { certificatePem, privateKeyPkcs8 } = await createAuthority('testmesh', Date.now());
    const authority = await CertificateAuthority.open(certificatePem, privateKeyPkcs8);
    const node = mesh.node('node-a');
    const issued = await authority.issueNode({
      csrPem: await certificateRequest(node.keys, 'node-a'),
      identityKey: node.keys.identityKey,
      meshId: 'testmesh',
      nodeId: node.enrolment.node_id,
      nowMs: Date.now(),
      lifetimeMs: 3_600_000,
    });
    const fetch = createTlsFetch({
      ca: node.enrolment.ca_pem,
      cert: issued.pem + certificatePem,
      key: node.keys.keyPem,
    });
    onTestFinished(() => fetch.close());
    const client = createNodeClient({ baseUrl: mesh.controller.nodesUrl, fetch }, 'node-a');
    return { authority, ask: () => client.epoch() };
  }

  it('gets nobody in while another CA is on its way, and makes nobody ready', async () => {
    await using mesh = await runningMesh(['node-a']);
    await rotate(mesh);
    const { ask } = await foreign(mesh);
    await expect(ask()).rejects.not.toBeInstanceOf(ProblemError);
    expect(await notReady(mesh)).toEqual(['node-a']);
  });

  it('the control: as the next CA it gets the same in', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { authority, ask } = await foreign(mesh);
    await mesh.controller.running.services.keys.authority.trustNext(authority);
    await expect(ask()).resolves.toBeDefined();
  });

  it('another node with a certificate of the next CA makes only itself ready', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await rotate(mesh);
    const now = await readyNode(mesh, 'node-b');
    const asNodeA = createNodeClient({ baseUrl: mesh.controller.nodesUrl, fetch: now.fetch }, 'node-a');
    const csr = await certificateRequest(keysFrom('node-b'), 'node-a');
    expect(await problemOf(asNodeA.renewCertificate(csr))).toMatchObject({ code: 'node_mismatch' });
    expect(await notReady(mesh)).toEqual(['node-a']);
  });
});

describe('where there are officers', () => {
  const officers = { officers: entriesOf(['alice', 'bob']) };

  it('each step takes a request of its own, which is good once', async () => {
    await using mesh = await runningMesh([], officers);
    const { admin } = mesh.controller;
    const sign = async (step: 'start' | 'finish') => {
      const request = await requestFor(mesh, { kind: 'ca.rotate', parameters: { step, force: false } });
      return signedBy(request, 'alice', 'bob');
    };
    expect(await problemOf(rotate(mesh))).toMatchObject({ code: 'officers_required' });
    // For the state before the rotation: it does not end it.
    const early = await sign('finish');
    await admin.submitRequest(await sign('start'));
    await rotate(mesh);
    expect(await problemOf(admin.submitRequest(early))).toMatchObject({ code: 'request_stale' });
    expect(await problemOf(finish(mesh))).toMatchObject({ code: 'officers_required' });
    await admin.submitRequest(await sign('finish'));
    expect(await problemOf(finish(mesh, true))).toMatchObject({ code: 'officers_required' });
    await finish(mesh);
    expect(await problemOf(rotate(mesh))).toMatchObject({ code: 'officers_required' });
  });
});

describe('a disk that fails', () => {
  it('leaves everything as it was, at either step', async () => {
    await using controller = await startTestController();
    const before = await controller.admin.caStatus();
    controller.failWrites(true);
    expect(await problemOf(controller.admin.rotateCa({ reason: 'x' }))).toMatchObject({
      code: 'storage_unavailable',
    });
    controller.failWrites(false);
    expect(await controller.admin.caStatus()).toEqual(before);
    const { next_ca_pin: next } = await controller.admin.rotateCa({ reason: 'x' });
    controller.failWrites(true);
    await problemOf(controller.admin.finishCa({ reason: 'x' }));
    controller.failWrites(false);
    expect((await controller.admin.caStatus()).next_ca_pin).toBe(next);
    await controller.restart();
    expect((await controller.admin.caStatus()).next_ca_pin).toBe(next);
  });
});
