// A controller that limits declining nodes, over real sockets: what nodes and operators are told, when, and
// what is left of it after a restart and while the disk fails.

import { readFileSync } from 'node:fs';
import { type Command, done, refused } from '@mesh/membership';
import { parseEpochId } from '@mesh/primitives';
import { type ProblemError, problem, statusFile } from '@mesh/protocol';
import { describe, expect, it, vi } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import { openNextEpoch } from '../support/index.ts';
import {
  asDelta,
  fullConfig,
  problemOf,
  type RunningMesh,
  runningMesh,
  untilWaiting,
} from '../support/running-mesh.ts';

const LIMIT = 2_000_000;
const GAP_MS = 1_000;
const band = { threshold: 0.5, declining: { below: 0.7 }, minResultGapMs: GAP_MS };
const settings = { policy: band, declining: { limit_bits_per_second: LIMIT } };

describe('a running controller', () => {
  const NAMES = ['node-a', 'node-b', 'node-c'] as const;
  const limitsIn = (peers: readonly { node_id: string; limit?: { bits_per_second: number } | undefined }[]) =>
    Object.fromEntries(peers.map(({ node_id, limit }) => [node_id, limit?.bits_per_second ?? null]));
  const limitsAt = async (mesh: RunningMesh, name: string) =>
    limitsIn((await fullConfig(mesh.node(name))).peers);
  /** A result that is far enough from the one before to count. */
  const submitLater = async ({ clock, node }: RunningMesh, name: string, overall: number) => {
    await clock.advance(GAP_MS);
    return node(name).submit(overall);
  };
  /** What every node is told, that waited with all it had, when something happens. */
  const told = async (mesh: RunningMesh, happen: () => Promise<unknown>) => {
    const versions = await Promise.all(
      NAMES.map(async (name) => (await fullConfig(mesh.node(name))).version),
    );
    const queries = NAMES.map((name, at) =>
      mesh.node(name).config({ version: versions[at] ?? '', waitSeconds: 25 }),
    );
    await untilWaiting(mesh, NAMES.length);
    const derive = vi.spyOn(PskDeriver.prototype, 'derive');
    try {
      await happen();
      const deltas = (await Promise.all(queries)).map(asDelta);
      expect(derive).not.toHaveBeenCalled();
      for (const delta of deltas) {
        expect(delta).toMatchObject({ removed: [], allowed: true });
        expect(delta).not.toHaveProperty('keys');
      }
      return deltas.map(({ added }) => limitsIn(added));
    } finally {
      derive.mockRestore();
    }
  };

  it('tells a declining node and its peers at once, in deltas without a key, and again when it has recovered', async () => {
    await using mesh = await runningMesh(NAMES, settings);
    const node = mesh.node('node-b');
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': null, 'node-c': null });
    expect(await told(mesh, () => node.submit(0.6))).toEqual([
      { 'node-b': LIMIT },
      { 'node-a': LIMIT, 'node-c': LIMIT },
      { 'node-b': LIMIT },
    ]);
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });
    expect(await fullConfig(node)).toMatchObject({ allowed: true, reason_code: 'declining' });

    await submitLater(mesh, 'node-b', 0.9);
    expect((await submitLater(mesh, 'node-b', 0.9)).reason).toBe(
      'the node is declining until 3 results in a row, each at least 1 s after the last, are those of good standing; 2 so far',
    );
    expect(await limitsAt(mesh, 'node-c')).toEqual({ 'node-a': null, 'node-b': LIMIT });
    expect(await told(mesh, () => submitLater(mesh, 'node-b', 0.9))).toEqual([
      { 'node-b': null },
      { 'node-a': null, 'node-c': null },
      { 'node-b': null },
    ]);
    expect(await limitsAt(mesh, 'node-b')).toEqual({ 'node-a': null, 'node-c': null });
  });

  it('says so to operators and in its log, and remembers it over a restart', async () => {
    await using mesh = await runningMesh(NAMES, {
      ...settings,
      probation: { limit_bits_per_second: 3_000_000, epochs: 2 },
    });
    const { controller } = mesh;
    const summary = async (name: string) =>
      (await controller.admin.nodes()).nodes.find(({ node_id }) => String(node_id) === name);
    const good = { declining: false, limits: [], probation_until_epoch: null };
    expect(await summary('node-b')).toMatchObject(good);
    const sizeBefore = controller.running.services.journal.head().size;
    await mesh.node('node-b').submit(0.6);
    const declining = {
      membership: 'ALLOWED',
      reason_code: 'declining',
      declining: true,
      limits: [{ cause: 'declining', bits_per_second: LIMIT }],
      probation_until_epoch: null,
    };
    expect(await summary('node-b')).toMatchObject(declining);
    expect(await summary('node-a')).toMatchObject(good);
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => entry.type)).toEqual(['benchmark_accepted', 'node_declining']);
    expect(entries[1]?.entry).toMatchObject({
      node_id: 'node-b',
      data: { reason_code: 'declining' },
      revealed: { reason: { metric: 'overall', score: 0.6, below: 0.7 } },
    });

    // Between the band and good standing only what was remembered keeps it declining.
    await mesh.node('node-b').submit(0.9);
    await controller.restart();
    for (const name of NAMES) mesh.node(name).reconnect();
    expect(await summary('node-b')).toMatchObject({ ...declining, reason_code: 'declining_streak' });
    // Which of its results was counted last is remembered as well.
    expect((await mesh.node('node-b').submit(0.9)).reason).toContain('1 so far');
    expect((await submitLater(mesh, 'node-b', 0.9)).reason).toContain('2 so far');
    await openNextEpoch(controller);
    const since = await controller.admin.log({ from: sizeBefore });
    expect(since.entries.filter(({ entry }) => /declining|recovered/.test(String(entry.type)))).toHaveLength(
      1,
    );
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });
    const statusNow = () => statusFile.parse(JSON.parse(readFileSync(controller.paths.status, 'utf8'))).nodes;
    await mesh.clock.advance(1_000);
    await expect
      .poll(() => statusNow()['node-b'])
      .toMatchObject({
        declining: true,
        limit_bits_per_second: LIMIT,
      });
    expect(statusNow()['node-a']).toMatchObject({ declining: false, limit_bits_per_second: null });

    await mesh.node('node-c').submit(0.1);
    await mesh.node('node-c').submit(0.6);
    const epochId = await openNextEpoch(controller);
    expect(await summary('node-c')).toMatchObject({
      declining: true,
      limits: [
        { cause: 'declining', bits_per_second: LIMIT },
        { cause: 'probation', bits_per_second: 3_000_000 },
      ],
      probation_until_epoch: epochId + 2,
    });
  });

  it('limits while the disk fails, answers 503, and has it in the log in the end', async () => {
    await using mesh = await runningMesh(NAMES, settings);
    const { controller, clock } = mesh;
    const { services } = controller.running;
    const sizeBefore = services.journal.head().size;
    const failed = async () => {
      controller.failWrites(true);
      const refusal = await problemOf(mesh.node('node-b').submit(0.6));
      expect(refusal).toMatchObject({ code: 'storage_unavailable' });
    };
    expect((await told(mesh, failed))[0]).toEqual({ 'node-b': LIMIT });
    expect(services.view.node('node-b')?.declining).toBe(false);
    expect(await fullConfig(mesh.node('node-b'))).toMatchObject({ allowed: true, reason_code: 'declining' });
    expect(services.journal.head().size).toBe(sizeBefore);
    // A good result that is not stored either changes nothing.
    await problemOf(mesh.node('node-b').submit(0.9));
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });

    controller.failWrites(false);
    await clock.advance(500);
    expect(services.view.node('node-b')).toMatchObject({ membership: 'admitted', declining: true });
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => entry.type)).toEqual([
      'storage_recovered',
      'benchmark_accepted',
      'node_declining',
    ]);
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });
  });

  it('takes a limit back when its command limits nobody after all', async () => {
    await using mesh = await runningMesh(NAMES, settings);
    const { judge, view } = mesh.controller.running.services;
    const nodeId = view.node('node-b')?.nodeId;
    if (nodeId === undefined) throw new Error('there is no node-b');
    const reason = { code: 'declining', metric: 'overall', score: 0.6, below: 0.7 } as const;
    let isTurn = false;
    const overtaken: Command = () => {
      if (isTurn) return refused(problem('state_conflict', 'overtaken'));
      isTurn = true;
      return done([{ type: 'node_declining', nodeId, epochId: parseEpochId(1), reason }]);
    };
    const { version } = await fullConfig(mesh.node('node-a'));
    const running = problemOf(judge.run(overtaken));
    expect(mesh.controller.running.services.standing(view.node(nodeId) as never).declining).toBe(true);
    expect(await running).toMatchObject({ code: 'state_conflict' });
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': null, 'node-c': null });
    // Whoever asked in between is told again.
    const delta = asDelta(await mesh.node('node-a').config({ version }));
    expect(limitsIn(delta.added)).toEqual({ 'node-b': null });
  });

  it('never refuses a result for rate that limits its node, and counts every other', async () => {
    await using mesh = await runningMesh(NAMES, {
      ...settings,
      policy: { ...band, declining: { below: 0.7, consecutiveClear: 1 } },
      limits: { node_per_minute: 4, address_per_minute: 1_000 },
    });
    const node = mesh.node('node-b');
    const submit = (overall: number) =>
      node.submit(overall).then(
        ({ reason_code }) => reason_code,
        (error: ProblemError) => error.problem.code,
      );
    while ((await submit(0.9)) !== 'rate_limited');
    expect(await submit(0.6)).toBe('declining');
    expect(await submit(0.6)).toBe('rate_limited');
    expect(await submit(0.9)).toBe('rate_limited');
    expect(await submit(0.4)).toBe('below_threshold');
    expect(await submit(0.4)).toBe('rate_limited');
  });
});
