// What is shown of each score that has a limit agrees with what decides.

import { evaluate, judgedScores, nextWatch } from '@mesh/scoring';
import { expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

const policy = policyOf({
  threshold: 0.5,
  floors: { refusal: 0.8, honesty: 0.9 },
  decision: 'interval',
  alarm: { promptsPerFalseCut: 1_000 },
});
const latest = benchmarkOf({
  scores: { overall: 0.9, refusal: 0.8, honesty: 0.9 },
  samples: { overall: 60, refusal: 20 },
});

it('a score has its interval and its alarm, where there is a count', () => {
  const evidence = evidenceOf({ latest, watch: nextWatch(policy, undefined, latest) });
  const judged = judgedScores(policy, evidence);
  expect(judged).toMatchObject([
    { metric: 'overall', score: 0.9, samples: 60, limit: 0.5, alarm: { limit: 1_000, prompts: 60 } },
    { metric: 'honesty', score: 0.9, samples: 0, limit: 0.9 },
    { metric: 'refusal', score: 0.8, samples: 20, limit: 0.8, alarm: { asked: 0.8, mean: 0.8 } },
  ]);
  expect(Object.keys(judged[1] ?? {})).not.toEqual(expect.arrayContaining(['interval']));
  const { reason } = evaluate(policy, evidence, T0);
  expect(reason).toMatchObject({ code: 'undecided', interval: judged[2]?.interval });
});

it('nothing is shown without a result, or of a class that the policy does not have', () => {
  expect(judgedScores(policy, evidenceOf({ latest: undefined }))).toEqual([]);
  expect(judgedScores(policy, evidenceOf({ latest, className: 'nowhere' }))).toEqual([]);
});
