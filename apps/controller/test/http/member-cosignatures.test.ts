// Nodes cosign heads of the log over their listener, where that is required: what nodes are shown is ahead of
// what everybody is shown, and neither goes back, not over a restart and not when the demand ends.

import { ed25519CosignedMessage, parseNote, renderCheckpoint } from '@mesh/audit';
import { decodeBase64, encodeBase64, formatRfc3339, signEd25519 } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { openNextEpoch, type TestNode } from '../support/index.ts';
import { fullConfig, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

/** Reports that it has accepted the head of its config, and cosigns it. */
async function cosign(mesh: RunningMesh, node: TestNode): Promise<number> {
  const { log_head } = await fullConfig(node);
  const { size, root_hash } = log_head;
  const origin = node.enrolment.log?.origin ?? '';
  const text = renderCheckpoint({ origin, size, root: decodeBase64(root_hash), extensions: [] });
  const time = Math.floor(mesh.clock.nowMs() / 1_000);
  const signature = encodeBase64(signEd25519(ed25519CosignedMessage(text, time), node.keys.seed));
  await report(mesh, node, { log_cosignature: { size, root_hash, time, signature } });
  return size;
}

async function report(mesh: RunningMesh, node: TestNode, fields: object): Promise<void> {
  const message = node.sign('applied', {
    sequence: node.nextSequence(),
    sent_at: formatRfc3339(mesh.clock.nowMs()),
    instance_id: node.instanceId,
    epoch_id: null,
    peers: [],
    ...fields,
  });
  await node.client.reportApplied(message as AppliedMessage);
}

const publishedSize = ({ controller }: RunningMesh) =>
  Number(parseNote(controller.running.services.publishedLog.checkpoint() ?? '').text.split('\n')[1]);

it('a head is for nodes first, and for everybody when two of them have cosigned it', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b'], { log: { required_member_cosignatures: 2 } });
  const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
  const { publishedLog } = mesh.controller.running.services;
  await mesh.clock.advance(1_000);
  expect(publishedLog.checkpoint()).toBeUndefined();
  const size = await cosign(mesh, a);
  expect(publishedLog.checkpoint()).toBeUndefined();
  const { log } = await mesh.controller.admin.health();
  expect(log).toEqual({
    published_size: 0,
    offered_size: size,
    member_cosignatures: 1,
    required_member_cosignatures: 2,
    cosigned_by: [],
    refused_by: [],
  });
  expect(await cosign(mesh, b)).toBe(size);
  expect((await mesh.controller.admin.health()).log?.cosigned_by).toEqual([
    `${a.enrolment.mesh_id}/node/node-a`,
    `${a.enrolment.mesh_id}/node/node-b`,
  ]);
  expect(publishedSize(mesh)).toBe(size);
  expect(
    parseNote(publishedLog.checkpoint() ?? '')
      .signatures.map(({ name }) => name)
      .slice(2),
  ).toEqual([`${a.enrolment.mesh_id}/node/node-a`, `${a.enrolment.mesh_id}/node/node-b`]);
  // The next head is for nodes only; a restart shows everybody what it was shown before, at least.
  await openNextEpoch(mesh.controller);
  await mesh.clock.advance(1_000);
  const offered = (await fullConfig(a)).log_head.size;
  expect(offered).toBeGreaterThan(size);
  for (const required of [2, 0, 0]) {
    await mesh.controller.stop();
    Object.assign(mesh.controller.config.log, { required_member_cosignatures: required });
    await mesh.controller.start();
    expect(publishedSize(mesh)).toBeGreaterThanOrEqual(size);
    expect(mesh.controller.running.services.offeredLog.head().size).toBeGreaterThanOrEqual(offered);
  }
});

it('who refuses the log is named to the operator', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const a = mesh.node('node-a');
  const log = { since: '2026-11-29T08:00:00Z', code: 'forked', reason: 'another root' };
  await report(mesh, a, { troubles: { log } });
  expect((await mesh.controller.admin.health()).log?.refused_by).toEqual(['node-a']);
  expect((await mesh.controller.admin.node('node-a')).troubles).toEqual({
    tunnel: null,
    measurement: null,
    log,
  });
});
