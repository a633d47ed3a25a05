// Proofs of a running controller's decisions: whatever it decides, and whyever, its file shows that the
// decision follows from what is in the log.

import { recordCuts } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openNextEpoch } from '../support/index.ts';
import { everyReport, reportOf } from '../support/proofs.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';
import { submitWithLatency } from '../support/submit-with-latency.ts';

describe('a proof', () => {
  it('shows each decision of a mesh that sees many kinds of them', async () => {
    await using mesh = await runningMesh(
      [...'abcdefgh'].map((letter) => `node-${letter}`),
      {
        policy: {
          threshold: 0.7,
          declining: { below: 0.8, consecutiveClear: 1 },
          decision: { kind: 'interval' },
          alarm: { promptsPerFalseCut: 1_000 },
          readmission: { consecutiveGood: 1 },
        },
        declining: { limit_bits_per_second: 1_000_000 },
        brake: { at_least: 1, share: 0.01 },
      },
    );
    const { admin } = mesh.controller;
    await mesh.node('node-a').submit(0.4);
    await mesh.node('node-b').submit(0.3);
    await mesh.node('node-c').submit(0.75);
    await admin.quarantine('node-d', 'looks odd');
    await mesh.node('node-e').leave();
    await mesh.clock.advance(20_000);
    for (const name of ['node-a', 'node-b', 'node-c']) await mesh.node(name).submit(0.95);
    await openNextEpoch(mesh.controller);
    const stricter =
      'threshold: 0.96\ndeclining: { below: 0.97 }\ndecision: { kind: interval }\nalarm: { promptsPerFalseCut: 1000 }\n';
    await admin.setPolicy({ text: stricter, reason: 'higher', at_once: true });
    for (const letter of 'fgh') await mesh.node(`node-${letter}`).submit(0.99);
    await admin.revoke('node-a', 'it is over');
    const reports = await everyReport(mesh);
    expect(reports.filter(({ verdict }) => verdict !== 'proven')).toEqual([]);
    const seen = (what: 'type' | 'reasonCode') => new Set(reports.map(({ decision }) => decision?.[what]));
    expect(seen('type')).toEqual(
      new Set([
        'node_admitted',
        'node_denied',
        'node_declining',
        'node_recovered',
        'node_held',
        'hold_ended',
      ]),
    );
    for (const code of ['ok', 'below_threshold', 'declining', 'quarantined', 'no_benchmark', 'revoked'])
      expect(seen('reasonCode')).toContain(code);
    const [left] = (await admin.log({ limit: 1_000, type: 'node_left' })).entries;
    expect(left?.entry.data).toMatchObject({ message_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [braked] = (await admin.log({ limit: 1_000, type: 'brake_engaged' })).entries;
    expect(braked?.entry.data).toMatchObject({ policy_version: 2 });
    const denial = await reportOf(mesh, 'node-d', { denial: true });
    expect(denial.decision).toMatchObject({ type: 'node_denied', reasonCode: 'quarantined' });
    expect(denial.steps.find(({ step }) => step === 'standing')?.sentence).toMatch(
      /; node_quarantined by socket, entry \d+: looks odd$/,
    );
    const epoch = Number(denial.decision?.epochId);
    expect((await reportOf(mesh, 'node-a')).decision?.reasonCode).toBe('revoked');
    expect((await reportOf(mesh, 'node-a', { epoch })).decision).toMatchObject({
      epochId: epoch,
      reasonCode: 'below_threshold',
    });
  });

  it('shows a probation that a drift signal began, and that the signal follows from the results', async () => {
    await using mesh = await runningMesh(['node-a'], {
      policy: {
        threshold: 0.5,
        minResultGapMs: 0,
        drift: {
          ...{ learn: 10, memory: 100, cusum: { action: 'probation' } },
          ...{ ewma: {}, level: {}, outlier: {}, reputation: { halfLifeMs: 86_400_000 } },
        },
      },
      probation: { limit_bits_per_second: 1_000_000, epochs: 1_000 },
    });
    for (let result = 0; result < 11; result++) await submitWithLatency(mesh, 200);
    for (let result = 0; result < 8; result++) await submitWithLatency(mesh, 2_000);
    await openNextEpoch(mesh.controller);
    const { verdict, decision, steps } = await reportOf(mesh, 'node-a');
    expect([verdict, decision]).toMatchObject(['proven', { type: 'probation_began', reasonCode: 'drift' }]);
    expect(steps).toContainEqual(expect.objectContaining({ step: 'alarm', outcome: 'shown' }));
  });

  it('of a decision that rests on a result from before a restart has the message', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.controller.restart();
    await mesh.clock.advance(600_000);
    const { verdict, decision, steps } = await reportOf(mesh, 'node-a', { denial: true });
    expect([verdict, decision?.reasonCode]).toEqual(['proven', 'stale']);
    expect(steps).toContainEqual(expect.objectContaining({ step: 'message', outcome: 'shown' }));
  });

  it('lacks the message alone where a result came before messages were stored', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.controller.stop();
    const db = new SqliteDatabase(mesh.controller.paths.database);
    db.exec('DELETE FROM newest_messages');
    db.close();
    await mesh.controller.start();
    await mesh.clock.advance(600_000);
    const { verdict, steps } = await reportOf(mesh, 'node-a', { denial: true });
    expect(verdict).toBe('incomplete');
    expect(steps.filter(({ outcome }) => outcome !== 'shown')).toMatchObject([{ code: 'message_not_kept' }]);
  });

  it('says what is gone once the details of the node are erased', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.node('node-a').submit(0.4);
    await mesh.controller.admin.revoke('node-a', 'it is over');
    expect((await reportOf(mesh, 'node-a')).verdict).toBe('proven');
    await mesh.controller.admin.eraseNode('node-a', 'the person asked for it');
    const { verdict, steps } = await reportOf(mesh, 'node-a');
    expect(verdict).toBe('incomplete');
    expect(steps.at(-1)).toMatchObject({ outcome: 'missing', code: 'details_erased' });
  });

  it('of a cut that the disk refused at first shows how it was decided when the disk took it', async () => {
    await using mesh = await runningMesh(['node-a']);
    mesh.controller.failWrites(true);
    await problemOf(mesh.node('node-a').submit(0.4));
    mesh.controller.failWrites(false);
    await mesh.clock.advance(2_000);
    const { verdict, decision } = await reportOf(mesh, 'node-a', { denial: true });
    expect(decision?.reasonCode).toBe('below_threshold');
    expect(verdict).toBe('proven');
  });

  it('of a cut that was only recorded late says so', async () => {
    await using mesh = await runningMesh(['node-a']);
    const cuts = new Map([
      [parseNodeId('node-a'), { code: 'below_threshold', overall: 0.4, threshold: 0.7 } as const],
    ]);
    const unrecorded = {
      commands: [],
      cuts,
      declines: new Map(),
      holds: new Map(),
      failedSinceMs: undefined,
    };
    await mesh.controller.running.services.journal.run(recordCuts(() => unrecorded));
    const { verdict, steps } = await reportOf(mesh, 'node-a');
    expect([verdict, steps.at(-1)]).toMatchObject(['incomplete', { code: 'state_not_recorded' }]);
  });

  it('of an older denial is not given for a newer one that no head covers yet', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.controller.admin.quarantine('node-a', 'first');
    expect((await reportOf(mesh, 'node-a', { denial: true })).decision?.reasonCode).toBe('quarantined');
    await mesh.controller.admin.release('node-a', 'fine');
    await mesh.node('node-a').submit(0.9);
    await openNextEpoch(mesh.controller);
    await mesh.clock.advance(1_000);
    await mesh.node('node-a').submit(0.4);
    expect(await problemOf(mesh.controller.admin.proof('node-a', { denial: true }))).toMatchObject({
      code: 'not_found',
    });
    const { decision } = await reportOf(mesh, 'node-a', { denial: true });
    expect(decision?.reasonCode).toBe('below_threshold');
  });

  it('is refused for a node that the log has no decision on', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.clock.advance(1_000);
    for (const query of ['node-x', 'node-a'] as const)
      expect(await problemOf(mesh.controller.admin.proof(query, { denial: true }))).toMatchObject({
        code: 'not_found',
      });
  });
});
