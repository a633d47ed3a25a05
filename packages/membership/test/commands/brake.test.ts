// The safety brake in a mesh: a bug in a policy, a bug in a suite, and an attacker who wants to stay in.

import {
  adoptConfigured,
  applyPendingPolicy,
  changePolicy,
  denyStale,
  done,
  endBrake,
  foresee,
  heldNodes,
  officersAuthorisePolicy,
  quarantineOrRevoke,
  refused,
  tryPolicy,
} from '@mesh/membership';
import { type NodeId, parseEpochId, parseNodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { type BrakeSettings, parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh, sha256 } from '../support/mesh.ts';

const MINUTE = 60_000;
const brake: BrakeSettings = {
  share: 0.2,
  atLeast: 5,
  windowMs: 10 * MINUTE,
  holdMs: 15 * MINUTE,
  againAfterMs: 24 * 60 * MINUTE,
};
const TEN = Array.from({ length: 10 }, (_, at) => `node-${at}`);
const scoreOf = (at: number) => 0.75 + at / 100;

let mesh: Mesh;
/** Ten nodes that are in, with scores from 0.75 to 0.84. */
beforeEach(() => {
  mesh = new Mesh();
  mesh.brake = brake;
  mesh.policy = parsePolicy({ maxBenchmarkAgeMs: 3_600_000 });
  for (const id of TEN) mesh.enrol(id);
  for (const [at, id] of TEN.entries()) mesh.run(mesh.submission(id, scoreOf(at)));
  mesh.freeze();
  mesh.events.length = 0;
});

const count = (type: string) => mesh.events.filter((event) => event.type === type).length;
const out = () => TEN.filter((id) => mesh.node(id).membership !== 'admitted');
const held = () => heldNodes(mesh.state, mesh.context()).map(({ nodeId }) => nodeId as string);
const pass = (ms: number) => {
  mesh.nowMs += ms;
};
const submit = (id: string, score: number, suite = 'test-1') =>
  mesh.run(mesh.submission(id, score, { suite_version: suite }));

/** Puts a policy that nobody meets in force at the next boundary, as an operator by mistake. */
function policyBug(): void {
  const { policy } = mesh;
  mesh.run(adoptConfigured({ policy, configurationHash: sha256('1') }, officersAuthorisePolicy));
  mesh.run(applyPendingPolicy(parseEpochId(1)));
  pass(20 * MINUTE);
  const wrong = parsePolicy({ ...policy, threshold: 0.95 });
  mesh.run(
    changePolicy(
      { policy: wrong, why: 'x', actor: { kind: 'socket' }, atOnce: false },
      officersAuthorisePolicy,
    ),
  );
  mesh.run(applyPendingPolicy(parseEpochId(2)));
  mesh.policy = wrong;
  mesh.freeze();
}

describe('a bug in a policy', () => {
  it('shows in a trial whom it would cut, and whom the brake would hold', () => {
    const effects = tryPolicy(mesh.state, mesh.context(), parsePolicy({ threshold: 0.95 }));
    expect(effects.map(({ effect }) => effect)).toEqual([...Array(4).fill('cut'), ...Array(6).fill('held')]);
  });

  it('cuts the worst, and holds the others in', () => {
    policyBug();
    expect(out()).toEqual(['node-0', 'node-1', 'node-2', 'node-3']);
    expect(held()).toEqual(TEN.slice(4));
    expect(mesh.node('node-9').hold).toEqual({
      cause: 'below_threshold overall',
      untilMs: mesh.nowMs + brake.holdMs,
      limited: true,
    });
    expect(mesh.events.find(({ type }) => type === 'epoch_opened')).toBeDefined();
    expect(mesh.events.findLast(({ type }) => type === 'epoch_opened')).toMatchObject({ admittedCount: 6 });
  });

  it('raises one alarm, with everything that the brake decided on', () => {
    policyBug();
    expect(mesh.events.filter(({ type }) => type === 'brake_engaged')).toEqual([
      {
        type: 'brake_engaged',
        cause: 'below_threshold overall',
        cut: 4,
        cap: 4,
        admitted: 6,
        settings: brake,
      },
    ]);
    mesh.freeze();
    expect(count('brake_engaged')).toBe(1);
  });

  it('cuts nobody else if it is corrected in time', () => {
    policyBug();
    mesh.policy = parsePolicy({ ...mesh.policy, threshold: 0.7 });
    mesh.freeze();
    expect(held()).toEqual([]);
    expect(count('hold_ended')).toBe(6);
    expect(out()).toEqual([]);
  });

  it('cuts the held nodes when nobody corrects it', () => {
    policyBug();
    pass(brake.holdMs - 1);
    mesh.freeze();
    expect(out()).toHaveLength(4);
    pass(1);
    mesh.run(denyStale(TEN as NodeId[]));
    expect(out()).toEqual(TEN);
  });

  it('cuts everybody without the brake', () => {
    mesh.brake = undefined;
    policyBug();
    expect(out()).toEqual(TEN);
  });

  it('counts as one cause when it denies for many reasons', () => {
    const metrics = ['a', 'b', 'c', 'd', 'e'];
    const scores = Object.fromEntries(metrics.map((metric) => [metric, 0.9]));
    for (const [at, id] of TEN.entries())
      mesh.run(mesh.submission(id, { overall: 0.9, ...scores, [metrics[at % 5] ?? '']: 0.3 }));
    const floors = Object.fromEntries(metrics.map((metric) => [metric, 0.5]));
    const wrong = parsePolicy({ ...mesh.policy, floors });
    mesh.run(
      adoptConfigured({ policy: mesh.policy, configurationHash: sha256('1') }, officersAuthorisePolicy),
    );
    mesh.run(applyPendingPolicy(parseEpochId(1)));
    mesh.run(
      changePolicy(
        { policy: wrong, why: 'x', actor: { kind: 'socket' }, atOnce: true },
        officersAuthorisePolicy,
      ),
    );
    expect(out()).toHaveLength(4);
    expect(mesh.events.find(({ type }) => type === 'brake_engaged')).toMatchObject({ cause: 'policy 2' });
  });
});

describe('a bug in a suite', () => {
  it('cuts the first nodes that report, and holds those after them', () => {
    for (const id of TEN) submit(id, 0.1, 'test-2');
    expect(out()).toEqual(TEN.slice(0, 4));
    expect(held()).toEqual(TEN.slice(4));
  });

  it('counts as one cause when it fails another metric of each node', () => {
    mesh.policy = parsePolicy({ ...mesh.policy, floors: { a: 0.5, b: 0.5, c: 0.5 } });
    const good = { overall: 0.9, a: 0.9, b: 0.9, c: 0.9 };
    for (const id of TEN) mesh.run(mesh.submission(id, good));
    for (const [at, id] of TEN.entries())
      mesh.run(
        mesh.submission(id, { ...good, [['a', 'b', 'c'][at % 3] ?? '']: 0.1 }, { suite_version: 'test-2' }),
      );
    expect(out()).toHaveLength(4);
    expect(mesh.events.find(({ type }) => type === 'brake_engaged')).toMatchObject({ cause: 'suite test-2' });
  });

  it('lets a held node go on when its next result is good', () => {
    for (const id of TEN) submit(id, 0.1, 'test-2');
    submit('node-9', 0.9, 'test-3');
    expect(mesh.node('node-9')).toMatchObject({ membership: 'admitted', hold: undefined });
  });

  it('gives the same when results are foreseen before any of them is on disk', () => {
    const cuts = new Map();
    const holds = new Map();
    mesh.inFlight = { cuts, holds };
    const commands = TEN.map((id) => mesh.submission(id, 0.1));
    for (const command of commands)
      for (const event of foresee(command, mesh.state, mesh.context()).urgent) {
        if (event.type === 'node_denied') cuts.set(event.nodeId, event.reason);
        if (event.type === 'node_held') holds.set(event.nodeId, event);
      }
    expect([cuts.size, holds.size]).toEqual([4, 6]);
    for (const command of commands) mesh.run(command);
    expect(out()).toEqual([...cuts.keys()]);
    expect(held()).toEqual([...holds.keys()]);
  });
});

describe('an attacker who wants to stay in', () => {
  /** Four of the attacker's own nodes fail, to use up what the cause may cut. */
  const trip = () => {
    for (const id of TEN.slice(0, 4)) submit(id, 0);
  };

  it('is held once, limited, and cut when the hold ends, however often it reports', () => {
    trip();
    for (let minutes = 0; minutes < 15; minutes++) {
      submit('node-9', 0.3);
      expect(mesh.node('node-9').membership).toBe('admitted');
      pass(MINUTE);
    }
    submit('node-9', 0.3);
    expect(mesh.node('node-9').membership).toBe('denied');
    expect(count('node_held')).toBe(1);
  });

  it('is not held a second time within a day; without that rule it would stay in', () => {
    const stays = (againAfterMs: number) => {
      mesh.brake = { ...brake, againAfterMs };
      trip();
      submit('node-9', 0.3);
      submit('node-9', 0.9);
      pass(MINUTE);
      submit('node-9', 0.3);
      return mesh.node('node-9').membership === 'admitted';
    };
    expect(stays(0)).toBe(true);
    mesh.run(mesh.submission('node-9', 0.9));
    expect(stays(brake.againAfterMs)).toBe(false);
  });

  it('is cut at once if it is the worst', () => {
    for (const id of TEN.slice(0, 4)) submit(id, 0.5);
    submit('node-9', 0.4);
    expect(mesh.node('node-9').membership).toBe('denied');
  });

  it('gets no free results by being held', () => {
    trip();
    submit('node-9', 0.3);
    const again = foresee(mesh.submission('node-9', 0.3), mesh.state, mesh.context(), parseNodeId('node-9'));
    expect(again.cost).toBe('nothing');
    const inGoodStanding = foresee(
      mesh.submission('node-8', 0.3),
      mesh.state,
      mesh.context(),
      parseNodeId('node-8'),
    );
    expect(inGoodStanding.cost).toBe('place');
  });

  it.each([
    [
      'a quarantine',
      () =>
        quarantineOrRevoke({ change: 'quarantine', nodeId: 'node-9', why: 'x', actor: { kind: 'socket' } }),
    ],
    [
      'a revocation',
      () => quarantineOrRevoke({ change: 'revoke', nodeId: 'node-9', why: 'x', actor: { kind: 'socket' } }),
    ],
  ])('does not escape %s', (_what, command) => {
    trip();
    submit('node-9', 0.3);
    mesh.run(command());
    expect(mesh.node('node-9')).toMatchObject({ membership: 'denied', hold: undefined });
  });

  it('does not escape staleness, and neither does anybody else', () => {
    trip();
    submit('node-9', 0.3);
    pass(3_600_001);
    mesh.run(denyStale(TEN as NodeId[]));
    expect(out()).toEqual(TEN);
    expect(count('node_held')).toBe(1);
  });
});

describe('the end of the brake', () => {
  const endFor = (decision: 'cut' | 'release', forMs: number, authorise = () => done([])) =>
    mesh.run(endBrake({ decision, forMs, why: 'looked', actor: { kind: 'socket' } }, authorise));
  const end = (decision: 'cut' | 'release', authorise = () => done([])) =>
    endFor(decision, 60 * MINUTE, authorise);
  beforeEach(() => {
    for (const id of TEN) submit(id, 0.1);
  });

  it('cuts every held node', () => {
    expect(end('cut').kind).toBe('done');
    expect(out()).toEqual(TEN);
    expect(end('cut')).toMatchObject({ problem: { code: 'state_conflict' } });
  });

  it('releases every held node from its limit for a time, and then cuts it', () => {
    end('release');
    expect(mesh.node('node-9').hold).toMatchObject({ limited: false, untilMs: mesh.nowMs + 60 * MINUTE });
    pass(60 * MINUTE - 1);
    submit('node-9', 0.1);
    expect(mesh.node('node-9').membership).toBe('admitted');
    pass(1);
    submit('node-9', 0.1);
    expect(mesh.node('node-9').membership).toBe('denied');
  });

  it('holds nobody a second time when a release of a whole day is over', () => {
    mesh.policy = parsePolicy({ ...mesh.policy, maxBenchmarkAgeMs: 3 * 86_400_000 });
    pass(MINUTE);
    endFor('release', 86_400_000);
    pass(86_400_000);
    mesh.run(denyStale(TEN as NodeId[]));
    expect(out()).toEqual(TEN);
  });

  it('denies no node that meets the policy by now', () => {
    mesh.policy = parsePolicy({ ...mesh.policy, threshold: 0.05 });
    end('cut');
    expect(out()).toEqual(TEN.slice(0, 4));
    expect(held()).toEqual([]);
  });

  it('is refused to whoever may not decide it, and nothing changes', () => {
    const before = held();
    const outcome = end(
      'release',
      () => refused(problem('officer_unknown', 'officers have to sign')) as never,
    );
    expect(outcome).toMatchObject({ problem: { code: 'officer_unknown' } });
    expect(held()).toEqual(before);
    expect(mesh.node('node-9').hold?.limited).toBe(true);
  });
});
