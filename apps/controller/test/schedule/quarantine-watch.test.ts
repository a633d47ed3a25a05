// Quarantines that end by themselves, on a fake clock: to the moment, across a restart, and on a disk that
// fails.

import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { entriesOf, requestFor, signedBy } from '../support/officers.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const settings = { epoch_seconds: 86_400, max_benchmark_age_seconds: 86_400 * 3, certificate_hours: 72 };
const MINUTE = 60_000;
const statusOf = async ({ controller }: RunningMesh) => (await controller.admin.node('node-a')).status;

describe('a quarantine for ten minutes', () => {
  it('ends after ten minutes, and not before', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    const { admin } = mesh.controller;
    const node = await admin.quarantine('node-a', 'odd', 600);
    expect(Date.parse(node.quarantined_until ?? '')).toBe(mesh.clock.nowMs() + 10 * MINUTE);
    await mesh.clock.advance(10 * MINUTE - 1);
    expect(await statusOf(mesh)).toBe('quarantined');
    await mesh.clock.advance(1);
    await expect.poll(() => statusOf(mesh)).toBe('active');
    expect((await admin.node('node-a')).quarantined_until).toBeNull();
  });

  it('ends on time after a restart, even if that comes too late', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    await mesh.controller.admin.quarantine('node-a', 'odd', 600);
    await mesh.controller.restart();
    expect(await statusOf(mesh)).toBe('quarantined');
    await mesh.controller.stop();
    await mesh.clock.advance(11 * MINUTE);
    await mesh.controller.start();
    await mesh.clock.advance(1);
    await expect.poll(() => statusOf(mesh)).toBe('active');
  });

  it('lasts for as long as the disk refuses its end, and ends then', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    const { controller, clock } = mesh;
    await controller.admin.quarantine('node-a', 'odd', 600);
    controller.failWrites(true);
    await clock.advance(10 * MINUTE);
    await expect
      .poll(() => controller.logLines.some((line) => line.includes('the end of a quarantine')))
      .toBe(true);
    expect(await statusOf(mesh)).toBe('quarantined');
    controller.failWrites(false);
    await clock.advance(1_000);
    await expect.poll(() => statusOf(mesh)).toBe('active');
  });
});

it('a quarantine whose time passed while its class was revoked ends when the class is open again', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b'], {
    ...settings,
    officers: entriesOf(['alice', 'bob']),
    officers_required: 2,
  });
  const { admin } = mesh.controller;
  const decide = async (subject: Parameters<typeof requestFor>[1]) =>
    admin.submitRequest(signedBy(await requestFor(mesh, subject), 'alice', 'bob'));
  await decide({ kind: 'class.revoke', parameters: { class: 'default' } });
  await decide({ kind: 'node.release', parameters: { node_id: parseNodeId('node-a') } });
  await admin.quarantine('node-a', 'odd', 600);
  await mesh.clock.advance(20 * MINUTE);
  expect(await statusOf(mesh)).toBe('quarantined');
  await decide({ kind: 'class.release', parameters: { class: 'default' } });
  await mesh.clock.advance(1);
  await expect.poll(() => statusOf(mesh)).toBe('active');
  // The class put node-b there, so the end of the revocation does not let it out.
  expect((await admin.node('node-b')).status).toBe('quarantined');
});
