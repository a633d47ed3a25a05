// All other commands: what they refuse, what they do, and that it is harmless to repeat them.

import {
  denyStale,
  freezeEpoch,
  leaveMesh,
  logEntryOf,
  quarantineOrRevoke,
  recordCuts,
  rejectMessage,
  rejectMessages,
  reportEndpoint,
} from '@mesh/membership';
import { formatRfc3339, parseEpochId, parseNodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { parsePolicy, type Reason } from '@mesh/scoring';
import { parseIpAddress } from '@mesh/wg';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
});
const result = (outcome: ReturnType<Mesh['run']>) =>
  outcome.kind === 'done' ? outcome.events.map((event) => event.type) : outcome.problem.code;

describe('create-token', () => {
  it('refuses a class that the policy does not have', () => {
    expect(result(mesh.token('t', { class: 'gold' }))).toBe('invalid_message');
    mesh.policy = parsePolicy({ classes: [{ name: 'gold' }] });
    expect(result(mesh.token('t', { class: 'gold' }))).toEqual(['token_created']);
  });
  it('refuses a token that is bound to one node and has several uses', () => {
    expect(result(mesh.token('t', { nodeId: 'node-a', uses: 2 }))).toBe('invalid_message');
  });
});

describe('enrol-node', () => {
  it('gives a node its class and address and spends one use', () => {
    mesh.token('t', { uses: 2 });
    expect(result(mesh.run(mesh.enrolment('node-a', 't')))).toEqual(['node_enrolled']);
    expect(mesh.node('node-a')).toMatchObject({
      addresses: ['10.77.0.1'],
      membership: 'never',
      status: 'active',
    });
    expect(mesh.state.token('t' as TokenId)?.usesLeft).toBe(1);
    expect(mesh.state.isAddressTaken(parseIpAddress('10.77.0.1'))).toBe(true);
  });

  it('is idempotent per token and keys: again spends nothing, even when the token is spent and expired', () => {
    mesh.token('t');
    mesh.run(mesh.enrolment('node-a', 't'));
    const before = mesh.node('node-a');
    mesh.nowMs += 7_200_000;
    expect(result(mesh.run(mesh.enrolment('node-a', 't')))).toEqual([]);
    expect(mesh.node('node-a')).toBe(before);
  });

  it.each([
    ['an unknown token', () => mesh.enrolment('node-z', 'nobody'), 'token_invalid'],
    ['a wrong secret', () => mesh.enrolment('node-z', 't', { secret: 'guess' }), 'token_invalid'],
    ['a spent token', () => mesh.enrolment('node-z', 'spent'), 'token_invalid'],
    ['a token bound to another node', () => mesh.enrolment('node-z', 'bound'), 'token_binding'],
    ['a name that is taken', () => mesh.enrolment('node-a', 't', { identity: 'other' }), 'node_exists'],
    [
      'a node that is there, with a token of another',
      () => mesh.enrolment('node-a', 'bound'),
      'token_binding',
    ],
    ['another key in slot a', () => mesh.enrolment('node-a', 'spent', { a: 'other' }), 'node_exists'],
    ['another key in slot b', () => mesh.enrolment('node-a', 'spent', { b: 'other' }), 'node_exists'],
    [
      "another node's identity key",
      () => mesh.enrolment('node-z', 't', { identity: 'identity of node-a' }),
      'node_exists',
    ],
    [
      "another node's WireGuard key",
      () => mesh.enrolment('node-z', 't', { a: 'a of node-a' }),
      'node_exists',
    ],
    [
      "another node's WireGuard key in slot b",
      () => mesh.enrolment('node-z', 't', { b: 'a of node-a' }),
      'node_exists',
    ],
    [
      'one key for both slots',
      () => mesh.enrolment('node-z', 't', { a: 'same', b: 'same' }),
      'invalid_message',
    ],
  ])('refuses %s', (_what, command, code) => {
    mesh.token('t', { uses: 5 });
    mesh.token('spent');
    mesh.token('bound', { nodeId: 'node-b' });
    mesh.run(mesh.enrolment('node-a', 'spent'));
    const before = mesh.node('node-a');
    expect(result(mesh.run(command()))).toBe(code);
    expect(mesh.state.nodeCount()).toBe(1);
    expect(mesh.node('node-a')).toBe(before);
    expect(mesh.state.token('t' as TokenId)?.usesLeft).toBe(5);
  });

  it.each([
    [-1, ['node_enrolled']],
    [0, 'token_invalid'],
    [1, 'token_invalid'],
  ])("%d ms from the token's expiry", (step, expected) => {
    mesh.token('t', { ttlMs: 60_000 });
    mesh.nowMs = NOW + 60_000 + step;
    expect(result(mesh.run(mesh.enrolment('node-a', 't')))).toEqual(expected);
  });

  it('brings a node back under its keys with a fresh token, and spends a use of it', () => {
    mesh.token('first');
    mesh.token('second', { nodeId: 'node-a' });
    mesh.run(mesh.enrolment('node-a', 'first'));
    const before = mesh.node('node-a');
    mesh.nowMs += 1_000;
    expect(result(mesh.run(mesh.enrolment('node-a', 'second')))).toEqual(['node_reenrolled']);
    expect(mesh.state.token('second' as TokenId)?.usesLeft).toBe(0);
    expect(mesh.node('node-a')).toEqual({ ...before, tokenId: 'second', updatedAtMs: mesh.nowMs });
    expect(result(mesh.run(mesh.enrolment('node-a', 'second')))).toEqual([]);
  });

  it('updates the endpoint of a node that comes back from elsewhere, with a fresh token or the old one', () => {
    mesh.token('first');
    mesh.token('second');
    mesh.run(mesh.enrolment('node-a', 'first'));
    const moved = mesh.run(mesh.enrolment('node-a', 'second', { port: 51_900 }));
    expect(result(moved)).toEqual(['node_reenrolled', 'endpoint_reported']);
    expect(mesh.node('node-a').endpoint.listen_ports).toEqual({ a: 51_900 });
    expect(result(mesh.run(mesh.enrolment('node-a', 'second', { port: 51_901 })))).toEqual([
      'endpoint_reported',
    ]);
    expect(mesh.node('node-a').endpoint.listen_ports).toEqual({ a: 51_901 });
    expect(mesh.node('node-a').sequences.endpoint).toBe(0);
  });

  it('refuses a revoked node any token', () => {
    mesh.token('fresh');
    mesh.enrol('node-a');
    mesh.run(
      quarantineOrRevoke({ change: 'revoke', nodeId: 'node-a', why: 'test', actor: { kind: 'socket' } }),
    );
    expect(result(mesh.run(mesh.enrolment('node-a', 'token-node-a')))).toBe('node_exists');
    expect(result(mesh.run(mesh.enrolment('node-a', 'fresh')))).toBe('node_exists');
  });
});

describe('quarantine-or-revoke', () => {
  const change = (what: 'quarantine' | 'release' | 'revoke') =>
    mesh.run(quarantineOrRevoke({ change: what, nodeId: 'node-a', why: 'test', actor: { kind: 'socket' } }));

  it.each([
    ['quarantine', [], ['node_quarantined', 'node_denied']],
    ['revoke', [], ['node_revoked', 'node_denied']],
    ['release', [], 'state_conflict'],
    ['quarantine', ['quarantine'], 'state_conflict'],
    ['release', ['quarantine'], ['node_released']],
    ['revoke', ['quarantine'], ['node_revoked']],
    ['quarantine', ['revoke'], 'state_conflict'],
    ['release', ['revoke'], 'state_conflict'],
    ['revoke', ['revoke'], 'state_conflict'],
  ] as const)('%s after %j', (what, before, expected) => {
    mesh.admit('node-a');
    for (const each of before) change(each);
    expect(result(change(what))).toEqual(expected);
  });

  it('a released node waits for a boundary and a fresh result', () => {
    mesh.admit('node-a');
    change('quarantine');
    change('release');
    expect(mesh.node('node-a').membership).toBe('denied');
    mesh.run(mesh.submission('node-a', 0.9));
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('admitted');
  });

  it('refuses an unknown node', () => {
    expect(result(change('revoke'))).toBe('not_found');
  });
});

describe('freeze-epoch', () => {
  it('fixes who is in, and opens the epoch after the admissions', () => {
    mesh.enrol('node-a');
    mesh.enrol('node-b');
    mesh.run(mesh.submission('node-a', 0.9));
    mesh.run(mesh.submission('node-b', 0.2));
    const outcome = mesh.freeze();
    expect(result(outcome)).toEqual(['node_admitted', 'epoch_opened']);
    expect(outcome.events[1]).toMatchObject({ admittedCount: 1 });
    expect(mesh.node('node-a').admittedSince).toBe(1);
  });
  it('keeps the epoch in which a membership began over later freezes', () => {
    mesh.admit('node-a');
    mesh.freeze();
    expect(mesh.node('node-a').admittedSince).toBe(1);
    expect(mesh.state.epochs().map((epoch) => epoch.epochId)).toEqual([1, 2]);
  });
  it('admits nobody without a benchmark, in the first epoch too', () => {
    mesh.enrol('node-a');
    expect(result(mesh.freeze())).toEqual(['epoch_opened']);
  });
  it('refuses an epoch that is not above the last', () => {
    mesh.freeze();
    const again = freezeEpoch({
      epochId: parseEpochId(1),
      activateAtMs: NOW,
      commitment: 'sha256:00',
      cause: 'boundary',
    });
    expect(() => mesh.run(again)).toThrow(RangeError);
  });
});

describe('deny-stale', () => {
  it.each([
    [-1, false, []],
    [0, false, []],
    [1, false, ['node_denied']],
    [1, true, []],
  ])('%d ms from the age limit, waived %s', (step, waived, expected) => {
    mesh.admit('node-a');
    mesh.nowMs = NOW + 120_000 + step;
    mesh.stalenessWaived = waived;
    expect(result(mesh.run(denyStale([parseNodeId('node-a')])))).toEqual(expected);
  });
  it('the waiver waives nothing else', () => {
    mesh.admit('node-a');
    mesh.stalenessWaived = true;
    expect(result(mesh.run(mesh.submission('node-a', 0.1)))).toContain('node_denied');
  });
});

describe('leave and endpoint', () => {
  const leave = (sequence: number) =>
    mesh.run(
      leaveMesh({ node_id: parseNodeId('node-a'), sequence, instance_id: 'instance-1' } as Parameters<
        typeof leaveMesh
      >[0]),
    );
  const endpoint = (sequence: number) =>
    mesh.run(
      reportEndpoint(
        {
          node_id: parseNodeId('node-a'),
          sequence,
          listen_ports: { a: 1234 },
          advertise: ['192.0.2.9'],
        } as unknown as Parameters<typeof reportEndpoint>[0],
        '192.0.2.8',
      ),
    );

  it('a leave denies at once, and a new benchmark brings the node back at a boundary', () => {
    mesh.admit('node-a');
    expect(result(leave(5))).toEqual(['node_left', 'node_denied']);
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('denied');
    mesh.run(mesh.submission('node-a', 0.9));
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('admitted');
  });
  it.each([
    ['leave', leave],
    ['endpoint', endpoint],
  ] as const)('%s: sequences of each kind rise by themselves and refuse replays', (_kind, send) => {
    mesh.admit('node-a');
    send(5);
    expect(result(send(5))).toBe('sequence_replayed');
    expect(result(send(4))).toBe('sequence_replayed');
    expect(Array.isArray(result(send(6)))).toBe(true);
    expect(mesh.events.filter((event) => event.type === 'message_rejected')).toEqual([]);
  });
  it.each([
    ['leave', leave],
    ['endpoint', endpoint],
  ] as const)('%s: the highest sequence there is is refused, and ends no node', (_kind, send) => {
    mesh.admit('node-a');
    expect(result(send(Number.MAX_SAFE_INTEGER))).toBe('sequence_too_far');
    expect(Array.isArray(result(send(mesh.nowMs)))).toBe(true);
  });
  it('an endpoint is stored with the address that the controller saw', () => {
    mesh.enrol('node-a');
    endpoint(1);
    expect(mesh.node('node-a')).toMatchObject({
      endpoint: { listen_ports: { a: 1234 }, advertise: ['192.0.2.9'] },
      observedAddress: '192.0.2.8',
    });
  });
});

describe('record-cuts', () => {
  const reason: Reason = { code: 'below_threshold', overall: 0.1, threshold: 0.7 };

  it('records the reason of the cut, once, and since when storage failed', () => {
    mesh.admit('node-a');
    mesh.enrol('node-b');
    const cuts = new Map(['node-a', 'node-b', 'gone'].map((name) => [parseNodeId(name), reason]));
    const unrecorded = { commands: [], cuts, declines: new Map(), holds: new Map(), failedSinceMs: NOW };
    expect(mesh.run(recordCuts(() => unrecorded)).events).toEqual([
      { type: 'storage_recovered', failedSinceMs: NOW },
      {
        type: 'node_denied',
        nodeId: 'node-a',
        epochId: 1,
        reason,
        causes: ['below_threshold overall'],
        recordedLate: true,
      },
    ]);
    expect(mesh.run(recordCuts(() => ({ ...unrecorded, failedSinceMs: undefined }))).events).toEqual([]);
  });

  it('runs the refused commands again, one after the other; a command that was overtaken leaves no trace', () => {
    mesh.admit('node-a');
    const bad = mesh.submission('node-a', 0.1);
    const revoke = quarantineOrRevoke({
      change: 'revoke',
      nodeId: 'node-a',
      why: 'stolen',
      actor: { kind: 'socket' },
    });
    const commands = [bad, bad, revoke];
    const cuts = new Map([[parseNodeId('node-a'), reason]]);
    const outcome = mesh.run(
      recordCuts(() => ({ commands, cuts, declines: new Map(), holds: new Map(), failedSinceMs: undefined })),
    );
    expect(outcome.events.map(({ type }) => type)).toEqual([
      'benchmark_accepted',
      'node_denied',
      'node_revoked',
    ]);
  });
});

describe('reject-message', () => {
  it('sums refusals into one entry, which says since when and how many of each', () => {
    const before = mesh.enrol('node-a');
    const refusals = [{ kind: 'benchmark', code: 'bad_signature', count: 7 }];
    const outcome = mesh.run(rejectMessages(before.nodeId, NOW, refusals));
    expect(outcome.events.map(logEntryOf)).toMatchObject([
      {
        type: 'messages_rejected',
        nodeId: 'node-a',
        data: { since: formatRfc3339(NOW), refusals },
        details: undefined,
      },
    ]);
    expect(mesh.node('node-a')).toBe(before);
    expect(result(mesh.run(rejectMessages(parseNodeId('stranger'), NOW, refusals)))).toBe('node_unknown');
  });

  it('leaves a trace and nothing else', () => {
    const before = mesh.enrol('node-a');
    const objection = { code: 'bad_signature', detail: 'no' } as Parameters<typeof rejectMessage>[2];
    expect(result(mesh.run(rejectMessage(parseNodeId('node-a'), 'benchmark', objection)))).toEqual([
      'message_rejected',
    ]);
    expect(mesh.node('node-a')).toBe(before);
    expect(result(mesh.run(rejectMessage(parseNodeId('stranger'), 'benchmark', objection)))).toBe(
      'node_unknown',
    );
  });
});
