// Intervals and the alarm in a running controller: what an operator sees of them, and that a restart forgets
// none of the evidence.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runningMesh } from '../support/running-mesh.ts';

it('the evidence of an alarm is shown, survives a restart, and denies with the result that completes it', async () => {
  await using mesh = await runningMesh(['node-a'], {
    policy: { decision: 'interval', alarm: { promptsPerFalseCut: 1_000 }, minResultGapMs: 0 },
    declining: { limit_bits_per_second: 1_000_000 },
  });
  const { controller, clock } = mesh;
  const submit = (overall: number) => {
    clock.advance(2_000);
    return mesh.node('node-a').submit(overall, { samples: { overall: 20 } });
  };
  const judged = async () => (await controller.admin.node('node-a')).judged?.[0];

  for (let result = 0; result < 3; result++)
    expect(await submit(0.55)).toMatchObject({ membership: 'ALLOWED', reason_code: 'undecided' });
  const before = await judged();
  expect(before).toMatchObject({
    ...{ metric: 'overall', score: 0.55, samples: 20, limit: 0.7 },
    alarm: { limit: 1_000, prompts: 60 },
  });
  expect(before?.lower).toBeCloseTo(0.3421, 4);
  expect(before?.upper).toBeCloseTo(0.7418, 4);

  await controller.restart();
  await mesh.node('node-a').reconnect();
  expect(await judged()).toEqual(before);

  let [answer, results] = [await submit(0.55), 1];
  for (; answer.membership === 'ALLOWED' && results < 10; results++) answer = await submit(0.55);
  expect(answer.reason_code).toBe('sequential_alarm');
  // From nothing it takes six of these results.
  expect(results).toBeLessThan(5);
  // What the alarm remembers are scores: nobody who reads the database's file may see them.
  const database = readFileSync(`${controller.directory}/data/controller.db`);
  expect(database.includes('"evidence"')).toBe(false);
});
