// An operator's weaker policy and early end of the brake, where officers have to sign for them.

import {
  type AuthoriseBrakeEnd,
  changePolicy,
  done,
  endBrake,
  officersAuthoriseBrakeEnd,
  officersAuthorisePolicy,
  policyDigest,
} from '@mesh/membership';
import type { RequestSubject } from '@mesh/protocol';
import { type Policy, parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';
import { requestFor, setOfficers, submit } from '../support/officers.ts';

const operator = { kind: 'socket' } as const;
const [present, stricter, weaker, weakest] = [0.7, 0.8, 0.5, 0.1].map((threshold) =>
  parsePolicy({ threshold }),
) as [Policy, Policy, Policy, Policy];

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.policy = present;
  setPolicy(present);
  mesh.apply({ type: 'policy_applied', version: 1, epochId: 1 as never });
  setOfficers(mesh, ['alice', 'bob', 'carol'], 2);
});

const setPolicy = (policy: Policy) =>
  mesh.run(changePolicy({ policy, why: 'test', actor: operator, atOnce: false }, officersAuthorisePolicy));
const sign = (subject: RequestSubject) => submit(mesh, requestFor(mesh, subject), 'alice', 'bob');
const replacement = (proposed: Policy): RequestSubject => ({
  kind: 'policy.replace',
  parameters: { present: policyDigest(present), proposed: policyDigest(proposed) },
});

describe('a policy', () => {
  it('that is stricter is an operator’s alone', () => {
    expect(setPolicy(stricter).kind).toBe('done');
  });

  it('that is weaker is refused to an operator alone', () => {
    expect(setPolicy(weaker)).toMatchObject({ kind: 'refused', problem: { code: 'officers_required' } });
  });

  it('that is weaker is taken once officers have signed for it, and no other', () => {
    sign(replacement(weaker));
    expect(setPolicy(weakest).kind).toBe('refused');
    expect(setPolicy(weaker).kind).toBe('done');
    expect(setPolicy(stricter).kind).toBe('done');
    // The request was good once.
    expect(setPolicy(weaker).kind).toBe('refused');
  });
});

describe('the end of the brake', () => {
  const subject: RequestSubject = { kind: 'brake.end', parameters: { decision: 'release', for_seconds: 60 } };
  const end = (
    { decision, forMs }: { decision: 'cut' | 'release'; forMs: number },
    authorise: AuthoriseBrakeEnd = officersAuthoriseBrakeEnd,
  ) => mesh.run(endBrake({ decision, forMs, why: 'test', actor: operator }, authorise));
  const release = { decision: 'release', forMs: 60_000 } as const;

  const hold = (held: ReturnType<typeof mesh.node>['hold']) => {
    const node = { ...mesh.node('a'), heldSinceMs: mesh.nowMs, hold: held };
    mesh.state.merge({ nodes: [node], tokens: [], epochs: undefined } as never);
  };

  beforeEach(() => {
    mesh.enrol('a');
    mesh.run(mesh.submission('a', 0.9));
    mesh.freeze();
    // A later result that is too low, which the brake keeps in.
    hold({ cause: 'test', untilMs: mesh.nowMs + 60_000, limited: true });
    mesh.policy = parsePolicy({ threshold: 0.95 });
  });

  it('is refused to an operator alone, and succeeds without the guard', () => {
    expect(end(release)).toMatchObject({ kind: 'refused', problem: { code: 'officers_required' } });
    expect(end(release, () => done([])).kind).toBe('done');
  });

  it('is allowed once for the decision that officers have signed', () => {
    sign(subject);
    expect(end({ decision: 'cut', forMs: 60_000 }).kind).toBe('refused');
    expect(end({ ...release, forMs: 120_000 }).kind).toBe('refused');
    expect(end(release).kind).toBe('done');
    expect(end(release).kind).toBe('refused');
  });

  it('is no request while the brake holds nobody', () => {
    hold(undefined);
    expect(sign(subject)).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' } });
  });
});
