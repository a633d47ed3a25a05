// The pair limits of the configuration, where officers have to sign for looser ones; and what counts as
// looser.

import {
  adoptConfigured,
  done,
  type LimitPolicy,
  limitsAtStart,
  limitsDigest,
  limitsJson,
  limitsOfJson,
  limitsWeaken,
  officersAuthoriseLimits,
  officersAuthorisePolicy,
  strictestLimits,
} from '@mesh/membership';
import { canonicalJson } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh, sha256 } from '../support/mesh.ts';
import { requestFor, setOfficers, submit, typesOf } from '../support/officers.ts';

const limitsOf = (over: Partial<LimitPolicy> = {}): LimitPolicy => ({
  classes: new Map([['edge', 1_000]]),
  probation: { bitsPerSecond: 500, epochs: 3 },
  declining: 2_000,
  brake: 9_000,
  ...over,
});

const anyBits = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
const anyLimits: fc.Arbitrary<LimitPolicy> = fc.record({
  classes: fc
    .dictionary(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 5 }))
    .map((classes) => new Map(Object.entries(classes))),
  probation: fc.option(
    fc.record({ bitsPerSecond: fc.integer({ min: 1, max: 5 }), epochs: fc.integer({ min: 1, max: 5 }) }),
    { nil: undefined },
  ),
  declining: anyBits,
  brake: anyBits,
});

describe('pair limits', () => {
  it.each<[string, Partial<LimitPolicy>, string[]]>([
    [
      'a higher class limit',
      { classes: new Map([['edge', 1_001]]) },
      ['classes.edge rises from 1000 to 1001'],
    ],
    [
      'a class limit that is gone',
      { classes: new Map() },
      ['classes.edge is no longer 1000: there is no limit'],
    ],
    [
      'a shorter and wider probation',
      { probation: { bitsPerSecond: 501, epochs: 2 } },
      ['probation rises from 500 to 501', 'probation.epochs falls from 3 to 2'],
    ],
    ['no probation', { probation: undefined }, ['probation is no longer 500: there is no limit']],
    ['a higher limit of decline', { declining: 2_001 }, ['declining rises from 2000 to 2001']],
    ['no limit of held nodes', { brake: undefined }, ['brake is no longer 9000: there is no limit']],
    ['nothing', {}, []],
    [
      'what is tighter',
      {
        classes: new Map([
          ['edge', 999],
          ['new', 1],
        ]),
        probation: { bitsPerSecond: 1, epochs: 4 },
        declining: 1,
      },
      [],
    ],
  ])('are loosened by %s', (_what, over, expected) => {
    expect(limitsWeaken(limitsOf(), limitsOf(over))).toEqual(expected);
  });

  it('have a strictest of two that loosens neither, and no loosening hides in steps', () => {
    fc.assert(
      fc.property(anyLimits, anyLimits, anyLimits, (one, other, third) => {
        const both = strictestLimits(one, other);
        expect([...limitsWeaken(one, both), ...limitsWeaken(other, both)]).toEqual([]);
        if (limitsWeaken(one, other).length === 0 && limitsWeaken(other, third).length === 0)
          expect(limitsWeaken(one, third)).toEqual([]);
      }),
    );
  });

  it('are the same after they were stored', () => {
    fc.assert(
      fc.property(anyLimits, (limits) => {
        const stored = JSON.parse(canonicalJson(limitsJson(limits)));
        expect(limitsOfJson(stored)).toEqual({ ...limits });
      }),
    );
  });
});

describe('a start where there are officers', () => {
  let mesh: Mesh;
  const start = (limits: LimitPolicy, authorise = officersAuthoriseLimits) => {
    const started = limitsAtStart(limits, true, authorise)(mesh.state, mesh.context());
    mesh.apply(...started.events);
    return started;
  };
  beforeEach(() => {
    mesh = new Mesh();
    setOfficers(mesh, ['alice', 'bob', 'carol'], 2);
    start(limitsOf());
  });

  it('records the first limits, and no entry as long as they stay', () => {
    expect(mesh.state.controllerFacts().limits).toEqual(limitsOf());
    expect(start(limitsOf()).events).toEqual([]);
  });

  it('takes what is tighter of a configuration, and nothing of it that is looser', () => {
    const started = start(
      limitsOf({ classes: new Map([['edge', 999]]), declining: 1e9, probation: undefined }),
    );
    expect(started).toMatchObject({
      limits: { ...limitsOf({ classes: new Map([['edge', 999]]) }) },
      problem: {
        code: 'officers_required',
        detail: expect.stringContaining('request create limits.replace'),
      },
    });
    expect(typesOf(started.events)).toEqual(['request_refused', 'pair_limits_set']);
    expect(mesh.state.controllerFacts().limits).toEqual(started.limits);
  });

  it('would take looser limits without the guard', () => {
    const looser = limitsOf({ declining: 1e9 });
    expect(start(looser, () => done([])).limits).toEqual(looser);
  });

  it('takes looser limits once officers have signed for exactly these, and once only', () => {
    const [looser, loosest] = [limitsOf({ declining: 3_000 }), limitsOf({ declining: undefined })];
    const parameters = { present: limitsDigest(limitsOf()), proposed: limitsDigest(looser) };
    submit(mesh, requestFor(mesh, { kind: 'limits.replace', parameters }), 'alice', 'bob');
    expect(start(loosest).limits).toEqual(limitsOf());
    expect(typesOf(start(looser).events)).toEqual(['request_carried_out', 'pair_limits_set']);
    start(limitsOf());
    expect(start(looser).limits).toEqual(limitsOf());
  });

  it('refuses a request for limits that are not in force', () => {
    const digest = limitsDigest(limitsOf({ declining: 1 }));
    const request = requestFor(mesh, {
      kind: 'limits.replace',
      parameters: { present: digest, proposed: digest },
    });
    expect(submit(mesh, request, 'alice', 'bob')).toMatchObject({ problem: { code: 'request_stale' } });
  });

  it('does not take a weaker policy of the configuration, which it would without the guard', () => {
    const policies = [0.7, 0.5].map((threshold) => parsePolicy({ threshold }));
    const [present, weaker] = policies as [(typeof policies)[0], (typeof policies)[0]];
    mesh.run(adoptConfigured({ policy: present, configurationHash: sha256('1') }, officersAuthorisePolicy));
    mesh.apply({ type: 'policy_applied', version: 1, epochId: 1 as never });
    const configured = { policy: weaker, configurationHash: sha256('2') };
    expect(mesh.run(adoptConfigured(configured, officersAuthorisePolicy))).toMatchObject({
      kind: 'refused',
      problem: { code: 'officers_required' },
    });
    expect(mesh.state.policies().pending).toBeUndefined();
    expect(mesh.run(adoptConfigured(configured, () => done([]))).kind).toBe('done');
  });
});

it('a start without officers takes any limits and records none', () => {
  const mesh = new Mesh();
  const started = limitsAtStart(limitsOf(), false, officersAuthoriseLimits)(mesh.state, mesh.context());
  expect(started).toEqual({ limits: limitsOf(), events: [] });
});
