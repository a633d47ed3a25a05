// Officers' requests over the sockets of a controller: real signatures, everybody who waits is told at once,
// a restart forgets nothing, and no other way leads to the same.

import { readFileSync } from 'node:fs';
import { pathOf, requestSentence, type SignedRequest } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import type { SignatureVerifier } from '../../src/trust/verify-signature.ts';
import { entriesOf, keyOf, requestFor, revocationOf, signedBy } from '../support/officers.ts';
import {
  asDelta,
  fullConfig,
  problemOf,
  type RunningMesh,
  runningMesh,
  untilWaiting,
} from '../support/running-mesh.ts';

const settings = {
  epoch_seconds: 86_400,
  max_benchmark_age_seconds: 86_400 * 3,
  certificate_hours: 72,
  officers: entriesOf(['alice', 'bob', 'carol']),
};
const names = ['node-a', 'node-b', 'node-c', 'node-d'];

const logOf = async ({ controller }: RunningMesh) => {
  const { entries } = await controller.admin.log({ limit: 1000 });
  return entries.map(({ entry }) => entry as { type: string; data: Record<string, unknown> });
};
const isRevoked = async ({ controller }: RunningMesh) =>
  (await controller.admin.node('node-a')).status === 'revoked';

describe('POST /v1/revocations', () => {
  it('with enough signatures tells every waiting node at once, while the clock stands still', async () => {
    await using mesh = await runningMesh(names, settings);
    const { version } = await fullConfig(mesh.node('node-b'));
    const followers = names.slice(1).map((name) => mesh.node(name).config({ version, waitSeconds: 60 }));
    await untilWaiting(mesh, followers.length);
    const nowMs = mesh.clock.nowMs();
    const request = await requestFor(mesh, revocationOf('node-a'));
    const status = await mesh.controller.admin.submitRevocation(signedBy(request, 'alice', 'carol'));
    expect(status).toMatchObject({ status: 'carried_out', signed_by: ['alice', 'carol'] });
    for (const follower of followers) expect(asDelta(await follower).removed).toEqual(['node-a']);
    expect(mesh.clock.nowMs()).toBe(nowMs);
    expect(await problemOf(mesh.node('node-a').submit(0.9))).toMatchObject({ code: 'node_revoked' });
  });

  it('cuts before it is on disk, like every denial', async () => {
    await using mesh = await runningMesh(names, settings);
    const { version } = await fullConfig(mesh.node('node-b'));
    const follower = mesh.node('node-b').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    const request = await requestFor(mesh, revocationOf('node-a'));
    mesh.controller.failWrites(true);
    const refused = problemOf(mesh.controller.admin.submitRevocation(signedBy(request, 'alice', 'bob')));
    expect(asDelta(await follower).removed).toEqual(['node-a']);
    expect((await refused).code).toBe('storage_unavailable');
    mesh.controller.failWrites(false);
    await mesh.clock.advance(1_000);
    await expect.poll(() => isRevoked(mesh)).toBe(true);
  });

  it('keeps nothing of a request with too few, and takes no other kind', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const { admin } = mesh.controller;
    const request = await requestFor(mesh, revocationOf('node-a'));
    expect((await problemOf(admin.submitRevocation(signedBy(request, 'bob')))).code).toBe(
      'too_few_signatures',
    );
    expect((await admin.requests()).requests).toEqual([]);
    const other = await requestFor(mesh, {
      kind: 'officers.replace',
      parameters: { officers: entriesOf(['alice']), required: 1 },
    });
    expect((await problemOf(admin.submitRevocation(signedBy(other, 'alice', 'bob')))).code).toBe(
      'invalid_message',
    );
    expect(await isRevoked(mesh)).toBe(false);
  });
});

describe('POST /v1/requests', () => {
  it('gathers signatures across a restart, and never takes a spent request again', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    const { controller } = mesh;
    const request = await requestFor(mesh, revocationOf('node-a'));
    expect(await controller.admin.submitRequest(signedBy(request, 'alice'))).toMatchObject({
      status: 'pending',
      signed_by: ['alice'],
    });
    await controller.restart();
    expect((await controller.admin.requests()).requests).toEqual([
      { request, status: 'pending', signed_by: ['alice'], sentence: requestSentence(request) },
    ]);
    await controller.admin.submitRequest(signedBy(request, 'bob'));
    await controller.restart();
    expect(await isRevoked(mesh)).toBe(true);
    expect((await controller.admin.requests()).requests).toEqual([]);
    expect((await problemOf(controller.admin.submitRequest(signedBy(request, 'alice', 'bob')))).code).toBe(
      'request_replayed',
    );
  });

  it('leaves in the log what each officer signed, and who tried in vain', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const { admin } = mesh.controller;
    const request = await requestFor(mesh, revocationOf('node-a'));
    const forged = signedBy(request, 'alice');
    await problemOf(admin.submitRequest({ ...forged, request: { ...request, reason: 'another' } }));
    await problemOf(admin.revoke('node-a', 'alone'));
    await admin.submitRequest(signedBy(request, 'alice', 'bob'));
    const log = await logOf(mesh);
    expect(log.slice(log.findIndex(({ type }) => type === 'request_refused'))).toMatchObject([
      { type: 'request_refused', data: { code: 'bad_signature', request_id: request.request_id } },
      { type: 'request_refused', data: { code: 'officers_required', request_id: null } },
      { type: 'request_signed', data: { officer: 'alice', officer_key: keyOf('alice'), request } },
      { type: 'request_signed', data: { officer: 'bob' } },
      { type: 'request_carried_out', data: { kind: 'node.revoke', officers: ['alice', 'bob'] } },
      { type: 'node_revoked', data: { actor: 'officers', actor_id: request.request_id } },
      { type: 'node_denied' },
    ]);
  });

  /** Alice's own signature, and one that she makes in Bob's name. */
  const byAliceAlone = (signed: SignedRequest): SignedRequest => ({
    ...signed,
    signatures: signed.signatures
      .map((one) => ({ ...one, officer_key: keyOf('alice') }))
      .concat(signed.signatures.map((one) => ({ ...one, officer_key: keyOf('bob') }))),
  });

  it('refuses a signature in the name of another officer; without the verification it would count', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const { admin, running } = mesh.controller;
    const signed = byAliceAlone(signedBy(await requestFor(mesh, revocationOf('node-a')), 'alice'));
    expect((await problemOf(admin.submitRequest(signed))).code).toBe('bad_signature');
    expect(await isRevoked(mesh)).toBe(false);
    const signatures: Pick<SignatureVerifier, 'verify'> = running.services.signatures;
    signatures.verify = () => Promise.resolve(true);
    await admin.submitRequest(signed);
    expect(await isRevoked(mesh)).toBe(true);
  });

  it('is at no door that a node can reach, even with a good request and the certificate of another node', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    const request = await requestFor(mesh, revocationOf('node-a'));
    const body = JSON.stringify(signedBy(request, 'alice', 'bob'));
    for (const route of ['requests', 'revocations'] as const) {
      const answer = await mesh.node('node-b').fetch(`${mesh.controller.nodesUrl}${pathOf(route)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(404);
    }
    expect(await isRevoked(mesh)).toBe(false);
    // The same bytes at the door for operators.
    await mesh.controller.admin.submitRevocation(JSON.parse(body) as SignedRequest);
    expect(await isRevoked(mesh)).toBe(true);
  });
});

describe('a class', () => {
  it('is revoked at once and stays so across a restart, which status.json says', async () => {
    await using mesh = await runningMesh(['node-a:gpu', 'node-b:gpu', 'node-c'], {
      ...settings,
      policy: { classes: [{ name: 'gpu' }] },
    });
    const { controller } = mesh;
    const { version } = await fullConfig(mesh.node('node-c'));
    const follower = mesh.node('node-c').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    const request = await requestFor(mesh, { kind: 'class.revoke', parameters: { class: 'gpu' } });
    await controller.admin.submitRequest(signedBy(request, 'alice', 'bob'));
    expect(asDelta(await follower).removed).toContain('node-a');
    expect((await fullConfig(mesh.node('node-c'))).peers).toEqual([]);
    await controller.restart();
    expect((await problemOf(controller.admin.createToken({ class: 'gpu' }))).code).toBe('state_conflict');
    expect((await problemOf(controller.admin.release('node-a', 'alone'))).code).toBe('officers_required');
    await controller.stop();
    const status = JSON.parse(readFileSync(controller.paths.status, 'utf8')) as { warnings: string[] };
    expect(status.warnings).toEqual([expect.stringContaining('class gpu has been revoked since')]);
  });
});

describe('the officers', () => {
  it('come from the configuration at the first start; later ones have no effect, and a warning says so', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const { controller } = mesh;
    expect(await controller.admin.officers()).toEqual({
      mesh_id: 'testmesh',
      required: 2,
      officers: settings.officers,
    });
    expect((await logOf(mesh)).slice(0, 2)).toMatchObject([
      { type: 'controller_started' },
      { type: 'officers_set', data: { officers: settings.officers, required: 2, actor: 'system' } },
    ]);
    Object.assign(controller.config, { officers: entriesOf(['mallory']), officers_required: 1 });
    await controller.restart();
    expect((await controller.admin.officers()).officers).toEqual(settings.officers);
    expect(controller.logLines.some((line) => line.includes('not those in force'))).toBe(true);
    const request = await requestFor(mesh, revocationOf('node-a'), { required: 1 });
    expect((await problemOf(controller.admin.submitRevocation(signedBy(request, 'mallory')))).code).toBe(
      'officer_unknown',
    );
  });

  it('are changed by officers alone, at once and across a restart', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const { controller } = mesh;
    const request = await requestFor(mesh, {
      kind: 'officers.replace',
      parameters: { officers: entriesOf(['dave', 'erin']), required: 2 },
    });
    await controller.admin.submitRequest(signedBy(request, 'bob', 'carol'));
    await controller.restart();
    expect(await controller.admin.officers()).toMatchObject({
      required: 2,
      officers: entriesOf(['dave', 'erin']),
    });
    const revocation = await requestFor(mesh, revocationOf('node-a'));
    expect((await problemOf(controller.admin.submitRequest(signedBy(revocation, 'alice', 'bob')))).code).toBe(
      'officer_unknown',
    );
    await controller.admin.submitRequest(signedBy(revocation, 'dave', 'erin'));
    expect(await isRevoked(mesh)).toBe(true);
  });

  it('that do not exist leave an operator alone with it, and a warning says so', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { controller } = mesh;
    expect(await controller.admin.officers()).toMatchObject({ required: 0, officers: [] });
    expect(controller.logLines.some((line) => line.includes('one operator alone can revoke'))).toBe(true);
    await controller.admin.revoke('node-a', 'alone');
    expect(await isRevoked(mesh)).toBe(true);
  });
});
