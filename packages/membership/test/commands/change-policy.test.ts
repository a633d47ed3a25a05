// A policy that changes while the mesh runs: when it applies, whom it denies, who may weaken it, and which of
// the configuration and the operator counts.

import {
  type AuthorisePolicy,
  adoptConfigured,
  applyPendingPolicy,
  changePolicy,
  officersAuthorisePolicy,
  policyHashOf,
  quarantineOrRevoke,
  refused,
  tryPolicy,
} from '@mesh/membership';
import { parseEpochId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { type Policy, parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeKey, Mesh, sha256 } from '../support/mesh.ts';

const base = parsePolicy({ threshold: 0.7 });
const stricter = parsePolicy({ threshold: 0.8 });
const weaker = parsePolicy({ threshold: 0.5 });

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.run(adoptConfigured({ policy: base, configurationHash: sha256('first') }, officersAuthorisePolicy));
  mesh.run(applyPendingPolicy(parseEpochId(1)));
  mesh.events.length = 0;
});

const set = (policy: Policy, atOnce = false, authorise = officersAuthorisePolicy) =>
  mesh.run(changePolicy({ policy, why: 'test', actor: { kind: 'socket' }, atOnce }, authorise));
const configure = (policy: Policy, text: string, authorise = officersAuthorisePolicy) =>
  mesh.run(adoptConfigured({ policy, configurationHash: sha256(text) }, authorise));
const types = () => mesh.events.map(({ type }) => type);
const versions = () => {
  const { active, pending } = mesh.state.policies();
  return [active?.version, pending?.version];
};

describe('a policy that an operator sets', () => {
  it('waits for the boundary, and is then in force', () => {
    set(stricter);
    expect(versions()).toEqual([1, 2]);
    mesh.run(applyPendingPolicy(parseEpochId(9)));
    expect(versions()).toEqual([2, undefined]);
    expect(mesh.state.policies().active).toMatchObject({
      hash: policyHashOf(stricter),
      applied: { epochId: 9 },
    });
    expect(types()).toEqual(['policy_changed', 'policy_applied']);
  });

  it('replaces one that waits', () => {
    set(stricter);
    set(weaker);
    mesh.run(applyPendingPolicy(parseEpochId(9)));
    expect(mesh.state.policies().active).toMatchObject({ version: 3, policy: { threshold: 0.5 } });
    expect(mesh.run(applyPendingPolicy(parseEpochId(10))).events).toEqual([]);
  });

  it('denies at once whom it does not let stay, if it is asked to and nowhere weaker', () => {
    for (const [nodeId, score] of [
      ['node-a', 0.75],
      ['node-b', 0.95],
    ] as const) {
      mesh.admit(nodeId);
      mesh.run(mesh.submission(nodeId, score));
    }
    mesh.events.length = 0;
    set(stricter, true);
    expect(types()).toEqual(['policy_changed', 'policy_applied', 'node_denied']);
    expect(mesh.node('node-a').membership).toBe('denied');
    expect(mesh.node('node-b').membership).toBe('admitted');
    expect(versions()).toEqual([2, undefined]);
  });

  it('can be put in force at once while it waits', () => {
    set(stricter);
    expect(set(stricter, true).kind).toBe('done');
    expect(versions()).toEqual([3, undefined]);
  });

  it.each([
    ['the one in force', base, false, 'in force already'],
    ['a weaker one at once', weaker, true, 'threshold falls from 0.7 to 0.5'],
  ])('is refused if it is %s, and nothing changes', (_what, policy, atOnce, says) => {
    const outcome = set(policy, atOnce);
    expect(outcome).toMatchObject({ kind: 'refused', events: [] });
    expect(outcome.kind === 'refused' && outcome.problem.detail).toContain(says);
    expect(versions()).toEqual([1, undefined]);
  });
});

describe('a policy whose attestor has the key of a node that was revoked', () => {
  const identityOf = (nodeId: string) => mesh.node(nodeId).identityKey;
  const attestedBy = (keys: Record<string, string>): Policy => ({ ...base, attestors: keys });
  const revoke = (nodeId: string) =>
    mesh.run(quarantineOrRevoke({ change: 'revoke', nodeId, why: 'x', actor: { kind: 'socket' } }));

  it('is refused, whether an operator or the configuration brings it', () => {
    mesh.enrol('node-a');
    revoke('node-a');
    const policy = attestedBy({ 'bench-1': fakeKey('another'), 'bench-2': identityOf('node-a') });
    for (const outcome of [set(policy), configure(policy, 'with attestors')]) {
      expect(outcome).toMatchObject({ kind: 'refused', events: [], problem: { code: 'key_spent' } });
      expect(outcome.kind === 'refused' && outcome.problem.detail).toContain('attestor bench-2: the key');
    }
    expect(set(attestedBy({ 'bench-1': fakeKey('another') })).kind).toBe('done');
  });

  it('can change on if the policy in force named the key before', () => {
    mesh.enrol('node-a');
    const attestors = { 'bench-2': identityOf('node-a') };
    set(attestedBy(attestors));
    mesh.run(applyPendingPolicy(parseEpochId(2)));
    revoke('node-a');
    expect(set({ ...stricter, attestors }, true).kind).toBe('done');
  });
});

describe('a policy that names the version it replaces', () => {
  const setOver = (replaces: number, policy: Policy) =>
    mesh.run(
      changePolicy(
        { policy, why: 'test', actor: { kind: 'socket' }, atOnce: false, replaces },
        officersAuthorisePolicy,
      ),
    );

  it('is taken as long as that is the newest, be it in force or waiting', () => {
    expect(setOver(1, stricter).kind).toBe('done');
    expect(setOver(2, parsePolicy({ threshold: 0.9 })).kind).toBe('done');
    expect(versions()).toEqual([1, 3]);
  });

  it('is refused when another has come meanwhile, and nothing changes', () => {
    set(stricter);
    const outcome = setOver(1, parsePolicy({ threshold: 0.9 }));
    expect(outcome).toMatchObject({ kind: 'refused', events: [], problem: { code: 'state_conflict' } });
    expect(outcome.kind === 'refused' && outcome.problem.detail).toContain('version 2 is the newest policy');
    expect(versions()).toEqual([1, 2]);
  });
});

describe('who may change it', () => {
  /** Stands for officers: refuses what is weaker, and leaves a trace. */
  const officers: AuthorisePolicy = ({ weaker: sentences }) =>
    sentences.length === 0
      ? { kind: 'done', events: [] }
      : refused(problem('officer_unknown', 'officers have to sign'));

  it('is asked with what becomes weaker; a refusal keeps the old one, whoever brings the new one', () => {
    expect(set(weaker, false, officers)).toMatchObject({ problem: { code: 'officer_unknown' } });
    expect(configure(weaker, 'second', officers)).toMatchObject({ problem: { code: 'officer_unknown' } });
    expect(versions()).toEqual([1, undefined]);
    expect(set(stricter, false, officers).kind).toBe('done');
  });

  it('would be anybody without that question', () => {
    expect(set(weaker).kind).toBe('done');
    expect(mesh.events).toMatchObject([
      { weaker: ['threshold falls from 0.7 to 0.5', 'the score that readmits falls from 0.7 to 0.5'] },
    ]);
  });
});

describe('the policy of the configuration', () => {
  it('does not touch what an operator set, until the configuration changes', () => {
    set(stricter);
    mesh.run(applyPendingPolicy(parseEpochId(2)));
    expect(configure(base, 'first').events).toEqual([]);
    expect(versions()).toEqual([2, undefined]);
    configure(weaker, 'second');
    expect(versions()).toEqual([2, 3]);
    expect(configure(weaker, 'second').events).toEqual([]);
  });

  it('counts as changed when it goes back to what it was before', () => {
    configure(stricter, 'second');
    expect(configure(base, 'first').events).toMatchObject([{ type: 'policy_changed', version: 3 }]);
  });
});

describe('a trial', () => {
  it('says what a freeze under the policy would change, and changes nothing', () => {
    for (const [nodeId, score] of [
      ['node-a', 0.75],
      ['node-b', 0.95],
    ] as const) {
      mesh.admit(nodeId);
      mesh.run(mesh.submission(nodeId, score));
    }
    mesh.enrol('node-c');
    mesh.run(mesh.submission('node-c', 0.6));
    const effects = (policy: Policy) =>
      tryPolicy(mesh.state, mesh.context(), policy).map(({ nodeId, effect }) => [nodeId, effect]);
    const before = [...mesh.state.nodes()];
    expect(effects(stricter)).toEqual([
      ['node-a', 'cut'],
      ['node-b', 'none'],
      ['node-c', 'none'],
    ]);
    expect(effects(weaker)).toEqual([
      ['node-a', 'none'],
      ['node-b', 'none'],
      ['node-c', 'admitted'],
    ]);
    expect(effects(parsePolicy({ declining: { below: 0.9 } }))[0]).toEqual(['node-a', 'limited']);
    expect([...mesh.state.nodes()]).toEqual(before);
  });
});
