// What officers sign: a request takes effect with its last signature, and every way to get there with less
// changes nothing, is logged with who tried, and works once its guard is taken out.

import {
  type CommandContext,
  logEntryOf,
  quarantineOrRevoke,
  requestGuards,
  submitRequest,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { OfficerRequest } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { fakeKey, Mesh, NOW } from '../support/mesh.ts';
import {
  HOUR,
  officer,
  replacementBy,
  requestFor,
  revocationOf,
  setOfficers,
  signedBy,
  submit,
  typesOf,
} from '../support/officers.ts';

const DAY = 24 * HOUR;

function meshOf(required = 2): Mesh {
  const mesh = new Mesh();
  setOfficers(mesh, ['alice', 'bob', 'carol'], required);
  mesh.admit('node-a');
  return mesh;
}

describe('a request', () => {
  it('waits with its signatures, and takes effect with the last one', () => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    expect(typesOf(submit(mesh, request, 'alice').events)).toEqual(['request_signed']);
    expect(mesh.node('node-a')).toMatchObject({ status: 'active', membership: 'admitted' });
    const { events } = submit(mesh, request, 'carol');
    expect(typesOf(events)).toEqual(['request_signed', 'request_carried_out', 'node_revoked', 'node_denied']);
    expect(mesh.node('node-a')).toMatchObject({ status: 'revoked', membership: 'denied' });
    expect(events[2]).toMatchObject({ actor: { kind: 'officers', id: request.request_id } });
    expect(events.map(logEntryOf).map(({ data }) => data)).toMatchObject([
      { officer: 'carol', officer_key: fakeKey('carol'), request },
      { request_id: request.request_id, kind: 'node.revoke', officers: ['alice', 'carol'] },
      { actor: 'officers', actor_id: request.request_id, why: request.reason },
      {},
    ]);
  });

  it('takes effect at once with all signatures, and may ask for that', () => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    const one = mesh.run(submitRequest(signedBy(request, ['alice'], { allAtOnce: true })));
    expect(one).toMatchObject({ kind: 'refused', problem: { code: 'too_few_signatures' } });
    expect(mesh.state.officerRequest(request.request_id)).toBeUndefined();
    const both = mesh.run(submitRequest(signedBy(request, ['alice', 'bob'], { allAtOnce: true })));
    expect(both.kind).toBe('done');
    expect(mesh.node('node-a').status).toBe('revoked');
  });

  it('is not spoilt by what happens to others, nor by what the node itself does', () => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    mesh.admit('node-b');
    mesh.run(mesh.submission('node-a', 0.95));
    mesh.run(
      quarantineOrRevoke({
        change: 'quarantine',
        nodeId: 'node-a',
        why: 'meanwhile',
        actor: { kind: 'socket' },
      }),
    );
    expect(submit(mesh, request, 'alice', 'bob').kind).toBe('done');
  });

  it('counts only the signatures of those who are officers when it takes effect', () => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    submit(mesh, request, 'alice');
    setOfficers(mesh, ['bob', 'carol'], 2);
    expect(typesOf(submit(mesh, request, 'bob').events)).toEqual(['request_signed']);
    expect(mesh.node('node-a').status).toBe('active');
    submit(mesh, request, 'carol');
    expect(mesh.node('node-a').status).toBe('revoked');
  });

  it('is forgotten when it has expired, at the next signature', () => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    submit(mesh, request, 'alice');
    mesh.nowMs = NOW + HOUR;
    const next = requestFor(mesh, revocationOf('node-a'), { expires_at: formatRfc3339(NOW + 2 * HOUR) });
    submit(mesh, next, 'alice');
    expect([...mesh.state.officerRequests()].map((record) => record.request)).toEqual([next]);
  });

  it('does not count as open when it has expired', () => {
    const mesh = meshOf();
    for (let at = 0; at < 16; at++) submit(mesh, requestFor(mesh, revocationOf('node-a')), 'alice');
    mesh.nowMs = NOW + HOUR;
    const next = requestFor(mesh, revocationOf('node-a'), { expires_at: formatRfc3339(NOW + 2 * HOUR) });
    expect(typesOf(submit(mesh, next, 'alice').events)).toEqual(['request_signed']);
  });

  it('can be opened sixteen times by each officer; others are not in their way', () => {
    const mesh = meshOf();
    const open = (name: string) => submit(mesh, requestFor(mesh, revocationOf('node-a')), name);
    for (let at = 0; at < 16; at++) expect(open('alice').kind).toBe('done');
    expect(open('alice')).toMatchObject({ kind: 'refused', problem: { code: 'too_many_requests' } });
    expect(open('bob').kind).toBe('done');
  });

  it('that cannot be carried out is refused, and stays as it was', () => {
    const mesh = meshOf();
    const first = requestFor(mesh, revocationOf('node-a'));
    const second = requestFor(mesh, revocationOf('node-a'));
    submit(mesh, second, 'alice');
    submit(mesh, first, 'alice', 'bob');
    expect(submit(mesh, second, 'bob')).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
    expect(mesh.state.officerRequest(second.request_id)?.signatures).toHaveLength(1);
  });

  it('replaces the officers and the number that must sign', () => {
    const mesh = meshOf();
    submit(mesh, requestFor(mesh, replacementBy(['alice', 'dave'], 1)), 'alice', 'bob');
    expect(mesh.state.officers()).toEqual({ officers: [officer('alice'), officer('dave')], required: 1 });
    expect(submit(mesh, requestFor(mesh, revocationOf('node-a')), 'bob').kind).toBe('refused');
    expect(submit(mesh, requestFor(mesh, revocationOf('node-a')), 'dave').kind).toBe('done');
    expect(mesh.node('node-a').status).toBe('revoked');
  });
});

interface Attack {
  readonly guards: readonly (keyof typeof requestGuards)[];
  readonly code: string;
  /** Prepares the mesh and gives the request that the attacker submits, with who signed it. */
  readonly prepare: (mesh: Mesh) => { request: OfficerRequest; names: string[] };
  readonly succeeded: (mesh: Mesh) => boolean;
}

const both = ['alice', 'bob'];
const isRevoked = (mesh: Mesh) => mesh.node('node-a').status === 'revoked';
const replacement = (mesh: Mesh, names: string[]) => requestFor(mesh, replacementBy(names, 2));

const attacks: readonly (readonly [string, Attack])[] = [
  [
    'for another mesh with the same officers',
    {
      guards: ['isForThisMesh', 'isForThisState'],
      code: 'mesh_mismatch',
      prepare: (mesh) => ({
        request: requestFor(mesh, revocationOf('node-a'), { mesh_id: 'other' as never, state: OTHER }),
        names: both,
      }),
      succeeded: isRevoked,
    },
  ],
  [
    'for another state: the node of this name was enrolled later',
    {
      guards: ['isForThisState'],
      code: 'request_stale',
      prepare: (mesh) => ({
        request: requestFor(mesh, revocationOf('node-a'), { state: OTHER }),
        names: both,
      }),
      succeeded: isRevoked,
    },
  ],
  [
    'for other officers than those of now',
    {
      guards: ['isForThisState'],
      code: 'request_stale',
      prepare: (mesh) => {
        const request = replacement(mesh, ['alice', 'bob', 'mallory']);
        setOfficers(mesh, ['alice', 'bob', 'dave'], 2);
        return { request, names: both };
      },
      succeeded: (mesh) => mesh.state.officers()?.officers[2]?.name === 'mallory',
    },
  ],
  [
    'again, after it took effect and was taken back',
    {
      guards: ['isNotSpent'],
      code: 'request_replayed',
      prepare: (mesh) => {
        const request = replacement(mesh, ['alice', 'bob', 'mallory']);
        submit(mesh, request, ...both);
        submit(mesh, replacement(mesh, ['alice', 'bob', 'carol']), ...both);
        return { request, names: both };
      },
      succeeded: (mesh) => mesh.state.officers()?.officers[2]?.name === 'mallory',
    },
  ],
  [
    'under the id of an open one, for another node',
    {
      guards: ['isNotSpent'],
      code: 'request_replayed',
      prepare: (mesh) => {
        mesh.admit('node-b');
        const open = requestFor(mesh, revocationOf('node-b'));
        submit(mesh, open, 'bob');
        const request = requestFor(mesh, revocationOf('node-a'), { request_id: open.request_id });
        return { request, names: ['alice'] };
      },
      succeeded: isRevoked,
    },
  ],
  [
    'after it has expired',
    {
      guards: ['isAlive'],
      code: 'request_expired',
      prepare: (mesh) => {
        const request = requestFor(mesh, revocationOf('node-a'));
        mesh.nowMs = NOW + HOUR;
        return { request, names: both };
      },
      succeeded: isRevoked,
    },
  ],
  [
    'before it is good',
    {
      guards: ['isAlive'],
      code: 'request_early',
      prepare: (mesh) => ({
        request: requestFor(mesh, revocationOf('node-a'), {
          not_before: formatRfc3339(NOW + 30_001),
        }),
        names: both,
      }),
      succeeded: isRevoked,
    },
  ],
  [
    'that lives for longer than a week',
    {
      guards: ['isAlive'],
      code: 'invalid_message',
      prepare: (mesh) => ({
        request: requestFor(mesh, revocationOf('node-a'), {
          expires_at: formatRfc3339(NOW + 7 * DAY + 1),
        }),
        names: both,
      }),
      succeeded: isRevoked,
    },
  ],
  [
    'that was made for fewer signatures',
    {
      guards: ['asksForEnough'],
      code: 'request_stale',
      prepare: (mesh) => ({
        request: requestFor(mesh, revocationOf('node-a'), { required: 1 }),
        names: both,
      }),
      succeeded: isRevoked,
    },
  ],
];
const OTHER = `sha256:${'ee'.repeat(32)}`;

describe('a request is refused, changes nothing, and is logged with who tried,', () => {
  it.each(attacks)('%s', (_what, { guards, code, prepare, succeeded }) => {
    const mesh = meshOf();
    const { request, names } = prepare(mesh);
    const before = [mesh.node('node-a'), mesh.state.officers(), [...mesh.state.officerRequests()]];
    const outcome = submit(mesh, request, ...names);
    expect(outcome).toMatchObject({ kind: 'refused', problem: { code } });
    expect(outcome.events.map(logEntryOf)).toMatchObject([
      {
        type: 'request_refused',
        data: { request_id: request.request_id, code, officers: names, actor: 'socket' },
      },
    ]);
    expect([mesh.node('node-a'), mesh.state.officers(), [...mesh.state.officerRequests()]]).toEqual(before);
    expect(succeeded(mesh)).toBe(false);

    const others = Object.entries(requestGuards).filter(([name]) => !guards.includes(name as never));
    mesh.run(
      submitRequest(
        signedBy(request, names),
        others.map(([, guard]) => guard),
      ),
    );
    expect(succeeded(mesh)).toBe(true);
  });

  const UNSIGNED: readonly (readonly [string, string[], Partial<{ unproven: string[] }>, string])[] = [
    ['signed by nobody', [], {}, 'too_few_signatures'],
    ['signed twice by the same officer', ['alice', 'alice'], {}, 'invalid_message'],
    ['with a signature of a stranger', ['alice'], { unproven: [fakeKey('mallory')] }, 'officer_unknown'],
    ['with a signature that does not hold', ['alice'], { unproven: [fakeKey('bob')] }, 'bad_signature'],
  ];
  it.each(UNSIGNED)('%s', (_what, names, over, code) => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    const outcome = mesh.run(submitRequest(signedBy(request, names, over)));
    expect(outcome).toMatchObject({ kind: 'refused', problem: { code } });
    expect(typesOf(outcome.events)).toEqual(['request_refused']);
    expect([...mesh.state.officerRequests()]).toEqual([]);
    if (names.length === 0) return;
    // If the number did not matter, any of these would do.
    mesh.run(submitRequest(signedBy(request, names, over), [], () => true));
    expect(isRevoked(mesh)).toBe(true);
  });

  it('by the same officer a second time', () => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    submit(mesh, request, 'alice');
    expect(submit(mesh, request, 'alice')).toMatchObject({
      kind: 'refused',
      problem: { code: 'too_few_signatures', detail: expect.stringContaining('1 of 2') },
    });
    expect(isRevoked(mesh)).toBe(false);
  });

  it('in a mesh without officers', () => {
    const mesh = new Mesh();
    mesh.admit('node-a');
    expect(submit(mesh, requestFor(mesh, revocationOf('node-a')), 'alice')).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
  });
});

describe('one operator', () => {
  const revoke = (context: Mesh) =>
    context.run(
      quarantineOrRevoke({ change: 'revoke', nodeId: 'node-a', why: 'x', actor: { kind: 'socket' } }),
    );

  it('does not revoke where there are officers, is told what to type, and is logged', () => {
    const mesh = meshOf();
    const outcome = revoke(mesh);
    expect(outcome).toMatchObject({
      kind: 'refused',
      problem: {
        code: 'officers_required',
        detail: expect.stringContaining(
          `2 of 3 officers, and nothing was changed; begin with: meshctl request create node.revoke --parameters '{"node_id":"node-a"}'`,
        ),
      },
    });
    expect(outcome.events.map(logEntryOf)).toMatchObject([
      { type: 'request_refused', data: { request_id: null, kind: 'node.revoke', actor: 'socket' } },
    ]);
    expect(isRevoked(mesh)).toBe(false);
  });

  it('still quarantines and releases alone', () => {
    const mesh = meshOf();
    for (const change of ['quarantine', 'release'] as const)
      expect(
        mesh.run(quarantineOrRevoke({ change, nodeId: 'node-a', why: 'x', actor: { kind: 'socket' } })).kind,
      ).toBe('done');
  });

  it('revokes alone where there are none', () => {
    const mesh = new Mesh();
    mesh.admit('node-a');
    expect(revoke(mesh).kind).toBe('done');
    expect(isRevoked(mesh)).toBe(true);
  });
});

/** The clock of a mesh decides, and nothing else. */
describe('the life of a request', () => {
  it.each<[number, boolean]>([
    [-30_001, false],
    [-30_000, true],
    [0, true],
    [HOUR - 1, true],
    [HOUR, false],
  ])('submitted %i ms after it begins: %s', (laterMs, isGood) => {
    const mesh = meshOf();
    const request = requestFor(mesh, revocationOf('node-a'));
    const context: CommandContext = { ...mesh.context(), nowMs: NOW + laterMs };
    const outcome = submitRequest(signedBy(request, both))(mesh.state, context);
    expect(outcome.kind).toBe(isGood ? 'done' : 'refused');
  });
});
