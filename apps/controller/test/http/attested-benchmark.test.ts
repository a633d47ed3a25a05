// A policy that asks for a third party and names an attestor: the node's word does not let it in, a signature
// of the attestor does, and that of another node is refused.

import { ed25519PublicKey, encodeBase64, formatRfc3339, signEd25519 } from '@mesh/primitives';
import { signAttestation } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch, type TestNode } from '../support/index.ts';
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
  await controller.restart();
  expect((await controller.admin.node('node-a')).membership).toBe('ALLOWED');
  for (const node of [a, b]) node.close();
});
