import {
  canExamine,
  classWeakens,
  diffPolicies,
  isExamined,
  PolicyReplay,
  parsePolicy,
  type ReplayEvent,
  weakens,
} from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, T0 } from '../support/example-evidence.ts';
import { closedOf, examPolicy, passing, resultsOf } from './example-exams.ts';

describe('the block of a policy', () => {
  it('has defaults for everything but the pool and the port', () => {
    expect(examPolicy().exams).toEqual({
      pool: 'general',
      service: { port: 8000, path: '/v1/chat/completions', api: 'openai' },
      everyEpochs: 10,
      items: 20,
      examiners: 3,
      agreeing: 2,
      answerWithinMs: 600_000,
      maxAgeMs: 3_600_000,
      oneFails: 'probation',
      agreeingFail: 'probation',
      missing: 'ignore',
      confidence: 0.95,
      honestExaminerBudget: 10_000,
      outvotedAfter: 1,
      tunnelBitsPerSecond: 1_000_000,
    });
    expect(examPolicy({ gap: {} }).exams?.gap).toEqual({
      tolerance: 0.1,
      promptsPerFalseCut: 10_000,
      action: 'deny',
    });
    expect(parsePolicy({}).exams).toBeUndefined();
  });

  it.each<[string, object, RegExp]>([
    ['no pool', { pool: undefined }, /policy\.exams\.pool/],
    ['the name of no pool', { pool: 'General' }, /policy\.exams\.pool: is no name of a pool/],
    ['no service', { service: undefined }, /policy\.exams\.service/],
    ['port 0', { service: { port: 0 } }, /service\.port: must be at least 1/],
    ['a path with a query', { service: { port: 1, path: '/v1?x=1' } }, /service\.path: is no path/],
    ['a path that climbs', { service: { port: 1, path: '/v1/../admin' } }, /service\.path: is no path/],
    ['an unknown API', { service: { port: 1, api: 'grpc' } }, /service\.api/],
    ['no items', { items: 0 }, /items: must be at least 1/],
    ['201 items', { items: 201 }, /items: must be at most 200/],
    ['10 examiners', { examiners: 10 }, /examiners: must be at most 9/],
    ['more that agree than examine', { examiners: 2, agreeing: 3 }, /agreeing: 3 is above examiners 2/],
    [
      'an age within the time for answers',
      { maxAgeMs: 600_000 },
      /maxAgeMs: 600000 is not above answerWithinMs/,
    ],
    ['a denial by one', { oneFails: 'deny' }, /oneFails/],
    ['a tolerance of 1', { gap: { tolerance: 1 } }, /gap\.tolerance: must be at most 0\.9/],
    ['a gap that is ignored', { gap: { action: 'ignore' } }, /gap\.action/],
    ['a misspelt key', { examiner: 3 }, /policy\.exams\.examiner: unknown key/],
  ])('with %s is refused', (_what, exams, message) => {
    expect(() => examPolicy(exams)).toThrow(message);
  });

  it('says who examines and who is examined', () => {
    const classes = [{ name: 'gpu' }, { name: 'lab', examiner: true, examined: false }];
    const policy = examPolicy({}, { classes });
    expect(['default', 'gpu', 'lab', 'none'].map((name) => canExamine(policy, name))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(['default', 'gpu', 'lab'].map((name) => isExamined(policy, name))).toEqual([true, true, false]);
    const all = examPolicy({}, { classes: [{ name: 'gpu' }] });
    expect(['default', 'gpu'].map((name) => canExamine(all, name))).toEqual([true, true]);
    const none = parsePolicy({ classes });
    expect(['gpu', 'lab'].map((name) => isExamined(none, name) || canExamine(none, name))).toEqual([
      false,
      false,
    ]);
  });
});

describe('a change', () => {
  it.each<[string, object, object, string | undefined]>([
    ['another pool', {}, { pool: 'other' }, 'exams.pool changes from general to other'],
    ['another port', {}, { service: { port: 8001 } }, 'exams.service.port changes from 8000 to 8001'],
    ['fewer items', {}, { items: 19 }, 'exams.items falls from 20 to 19'],
    ['more items', {}, { items: 21 }, undefined],
    ['fewer examiners', {}, { examiners: 2 }, 'exams.examiners falls from 3 to 2'],
    ['fewer that agree', {}, { agreeing: 1 }, 'exams.agreeing changes from 2 to 1'],
    ['rarer exams', {}, { everyEpochs: 11 }, 'exams.everyEpochs rises from 10 to 11'],
    ['an older exam', {}, { maxAgeMs: 3_600_001 }, 'exams.maxAgeMs rises from 3600000 to 3600001'],
    ['a milder outcome', { agreeingFail: 'deny' }, {}, 'exams.agreeingFail changes from deny to probation'],
    ['a harder outcome', {}, { agreeingFail: 'deny' }, undefined],
    ['no word of one', {}, { oneFails: 'ignore' }, 'exams.oneFails changes from probation to ignore'],
    ['another interval', {}, { confidence: 0.99 }, 'exams.confidence changes from 0.95 to 0.99'],
    ['liars that stay longer', {}, { outvotedAfter: 2 }, 'exams.outvotedAfter rises from 1 to 2'],
    ['no gap', { gap: {} }, {}, 'exams.gap is gone'],
    ['a wider gap', { gap: {} }, { gap: { tolerance: 0.2 } }, 'exams.gap.tolerance rises from 0.1 to 0.2'],
    [
      'a milder gap',
      { gap: {} },
      { gap: { action: 'declining' } },
      'exams.gap.action changes from deny to declining',
    ],
    ['a gap', {}, { gap: {} }, undefined],
  ])('to %s', (_what, before, after, sentence) => {
    expect(weakens(examPolicy(before), examPolicy(after))).toEqual(sentence === undefined ? [] : [sentence]);
  });

  it('to no exams weakens, and to exams does not', () => {
    const [without, having] = [parsePolicy({ threshold: 0.8 }), examPolicy()];
    expect(weakens(having, without)).toEqual(['exams is gone: nobody is examined']);
    expect(weakens(without, having)).toEqual([]);
    expect(diffPolicies(without, having).map(({ path }) => path)).toContain('exams.service.port');
  });

  it('of whom it concerns weakens', () => {
    const gpu = (own: object) =>
      examPolicy(
        {},
        {
          classes: [
            { name: 'gpu', ...own },
            { name: 'lab', examiner: true },
          ],
        },
      );
    expect(weakens(gpu({}), gpu({ examined: false }))).toEqual([
      'class gpu: its nodes are not examined any more',
    ]);
    expect(weakens(gpu({}), gpu({ examiner: true }))).toEqual(['class gpu: its nodes may examine others']);
    expect(weakens(gpu({ examined: false }), gpu({}))).toEqual([]);
    expect(classWeakens(gpu({ examined: false }), 'default', 'gpu')).toEqual(['its nodes are not examined']);
    expect(classWeakens(gpu({}), 'gpu', 'lab')).toEqual(['its nodes may examine others']);
    expect(classWeakens(gpu({}), 'lab', 'gpu')).toEqual([]);
  });
});

describe('a replay', () => {
  const at = (second: number) => T0 + second * 1_000;
  const result = (second: number): ReplayEvent => ({
    kind: 'benchmark',
    nodeId: 'a',
    atMs: at(second),
    benchmark: benchmarkOf({ measuredAtMs: at(second), arrivedAtMs: at(second) }),
  });
  const exam = (second: number, good: number): ReplayEvent => {
    const closed = closedOf(resultsOf(passing(good, 20), passing(good, 20)), { closedAtMs: at(second) });
    return { kind: 'exam', nodeId: 'a', atMs: at(second), closed };
  };
  const replayed = (policy: object, events: readonly ReplayEvent[]) => {
    const replay = new PolicyReplay(examPolicy(policy));
    for (const event of events) replay.take(event);
    return replay
      .end(at(100))[0]
      ?.changes.map(({ atMs, standing, reason }) => [(atMs - T0) / 1_000, standing, reason.code]);
  };
  const events = [
    result(1),
    { kind: 'boundary', atMs: at(10) } as const,
    exam(20, 3),
    result(40),
    exam(50, 20),
  ];

  it('takes the exams that were held, under the other policy', () => {
    const again: ReplayEvent = { kind: 'boundary', atMs: at(60) };
    expect(replayed({ agreeingFail: 'deny' }, [...events, again])).toEqual([
      [10, 'good', 'ok'],
      [20, 'denied', 'exam_failed'],
      [60, 'good', 'ok'],
    ]);
    expect(replayed({}, events)).toEqual([[10, 'good', 'ok']]);
  });

  it('misses no exam that nobody held', () => {
    expect(replayed({ missing: 'deny' }, [result(1), { kind: 'boundary', atMs: at(10) }])).toEqual([
      [10, 'good', 'ok'],
    ]);
  });
});
