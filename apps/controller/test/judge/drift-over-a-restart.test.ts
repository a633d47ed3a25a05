// Drift signals in a running controller: what a node is asked for, what an operator sees, and that a restart
// forgets none of it. The signals put the node on probation, and never deny it.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runningMesh } from '../support/running-mesh.ts';
import { submitWithLatency } from '../support/submit-with-latency.ts';

it('a node that drifts is put on probation, is asked to measure more often, and stays in over a restart', async () => {
  await using mesh = await runningMesh(['node-a'], {
    policy: {
      threshold: 0.5,
      minResultGapMs: 0,
      drift: {
        learn: 10,
        memory: 100,
        cusum: { action: 'probation' },
        reputation: { halfLifeMs: 86_400_000 },
      },
      probation: { measureEveryMs: 10_000 },
    },
    probation: { limit_bits_per_second: 1_000_000, epochs: 1_000 },
  });
  const { controller } = mesh;
  for (let result = 0; result < 11; result++)
    expect((await submitWithLatency(mesh, 200)).measuring).toEqual({ signals: true });

  // Its answers are as good as they were. Its service takes ten times as long.
  let [answer, results] = [await submitWithLatency(mesh, 2_000), 1];
  for (; answer.measuring?.interval_ms === undefined && results < 10; results++)
    answer = await submitWithLatency(mesh, 2_000);
  expect(answer).toMatchObject({ membership: 'ALLOWED', measuring: { interval_ms: 10_000, signals: true } });
  expect(results).toBeGreaterThan(1);

  const shown = async () => {
    const {
      drift,
      declining,
      limits,
      membership,
      probation_until_epoch: until,
    } = await controller.admin.node('node-a');
    return { drift, declining, limits, membership, until };
  };
  const before = await shown();
  expect(before).toMatchObject({
    membership: 'ALLOWED',
    declining: false,
    limits: [{ cause: 'probation', bits_per_second: 1_000_000 }],
    drift: [
      {
        signal: 'cusum',
        action: 'probation',
        speaks: true,
        sentence: expect.stringMatching(/^the latency of its service: worse than over/),
      },
      { signal: 'reputation', action: 'advise', speaks: false },
    ],
  });
  expect((await controller.admin.explainNode('node-a')).rules).toContainEqual({
    rule: 'drift.cusum',
    decides: 'probation',
    met: false,
    sentence: `${before.drift?.[0]?.sentence}: the node is on probation`,
  });
  expect((await controller.admin.log({ type: 'probation_began' })).entries).toMatchObject([
    {
      entry: {
        node_id: 'node-a',
        data: { reason_code: 'drift' },
        revealed: { reason: { dimension: 'node:latency' } },
      },
    },
  ]);

  await controller.restart();
  await mesh.node('node-a').reconnect();
  expect(await shown()).toEqual(before);
  expect((await submitWithLatency(mesh, 2_000)).measuring).toMatchObject({ interval_ms: 10_000 });
  const database = readFileSync(`${controller.directory}/data/controller.db`);
  expect(database.includes('"node:latency"')).toBe(false);
});

it('a controller whose policy has no signals asks for none', async () => {
  await using mesh = await runningMesh(['node-a'], {});
  expect(await mesh.node('node-a').submit(0.9)).not.toHaveProperty('measuring');
});
