// A policy that asks for a third party and names an attestor: the node's word does not let it in, a signature
// of the attestor does, and that of another node is refused.

import { ed25519PublicKey, encodeBase64, formatRfc3339, signEd25519 } from '@mesh/primitives';
import { signAttestation } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch, type TestNode } from '../support/index.ts';
import { reportOf } from '../support/proofs.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

const LAB = new Uint8Array(32).fill(1);
const POLICY = {
  measuredBy: ['third_party'],
  attestors: { 'lab-1': encodeBase64(ed25519PublicKey(LAB)) },
};

it('a node gets in by what an attestor says about it, and by nothing else', async () => {
  await using mesh = await runningMesh([], { policy: POLICY });
  const { controller, clock } = mesh;
  const [a, b] = [await enrolTestNode(controller, 'node-a'), await enrolTestNode(controller, 'node-b')];
  const timestamp = formatRfc3339(Math.floor(clock.nowMs()));
  const attestation = signAttestation(
    {
      meshId: a.benchmark(0.9).mesh_id,
      nodeId: 'node-a',
      measuredAt: timestamp,
      suiteVersion: 'kit-1',
      scores: { overall: 0.9 },
      harness: 'promptfoo 0.123.1',
      reportSha256: 'ab'.repeat(32),
    },
    { keyId: 'lab-1', sign: (message) => signEd25519(message, LAB) },
    0.7,
  );
  const submit = (node: TestNode, more: object = {}) =>
    node.submit(0.9, { measured_by: 'third_party', timestamp, ...more });

  await submit(a);
  expect(await problemOf(submit(b, { attestation }))).toMatchObject({
    code: 'attestation_wrong',
  });
  await openNextEpoch(controller);
  expect((await controller.admin.node('node-a')).membership).not.toBe('ALLOWED');

  await submit(a, { attestation });
  await openNextEpoch(controller);
  expect((await controller.admin.node('node-a')).membership).toBe('ALLOWED');
  expect((await controller.admin.node('node-b')).membership).not.toBe('ALLOWED');
  const admission = await reportOf(mesh, 'node-a');
  expect(admission.verdict).toBe('proven');
  expect(admission.steps).toContainEqual(
    expect.objectContaining({ step: 'message', sentence: expect.stringMatching(/^lab-1, an attestor/) }),
  );
  await controller.restart();
  expect((await controller.admin.node('node-a')).membership).toBe('ALLOWED');
  // Under a policy that names another attestor, the one under which the result came is in the file.
  const other = encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(2)));
  const text = `threshold: 0.95\nmeasuredBy: [third_party]\nattestors: { lab-2: "${other}" }\n`;
  await controller.admin.setPolicy({ text, reason: 'another lab', at_once: false });
  await openNextEpoch(controller);
  const denial = await reportOf(mesh, 'node-a', { denial: true });
  expect([denial.verdict, denial.decision?.reasonCode]).toEqual(['proven', 'below_threshold']);
  for (const node of [a, b]) node.close();
});
