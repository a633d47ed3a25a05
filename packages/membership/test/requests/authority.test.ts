// Commands of one operator that officers allow by a request: once, for the state that it was made for.

import { authorityFor, differsFromOfficers, firstOfficers, policyDigest } from '@mesh/membership';
import type { RequestSubject } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';
import { HOUR, officer, requestFor, setOfficers, submit, typesOf } from '../support/officers.ts';

const operator = { kind: 'socket' } as const;
const weaker = parsePolicy({ threshold: 0.1 });
const subjectIn = (mesh: Mesh, proposed = weaker): RequestSubject => ({
  kind: 'policy.replace',
  parameters: { present: policyDigest(mesh.policy), proposed: policyDigest(proposed) },
});
const ask = (mesh: Mesh, subject = subjectIn(mesh)) =>
  authorityFor(subject, operator, mesh.state, mesh.context());

function authorised(): Mesh {
  const mesh = new Mesh();
  setOfficers(mesh, ['alice', 'bob', 'carol'], 2);
  const request = requestFor(mesh, subjectIn(mesh));
  expect(typesOf(submit(mesh, request, 'alice', 'bob').events)).toEqual([
    'request_signed',
    'request_signed',
    'request_authorised',
  ]);
  return mesh;
}

describe('authorityFor', () => {
  it('allows everything where there are no officers', () => {
    expect(ask(new Mesh())).toEqual({ kind: 'done', events: [] });
  });

  it('refuses an operator alone, and logs the attempt', () => {
    const mesh = new Mesh();
    setOfficers(mesh, ['alice'], 1);
    expect(ask(mesh)).toMatchObject({
      kind: 'refused',
      problem: { code: 'officers_required' },
      events: [{ type: 'request_refused', kind: 'policy.replace', requestId: undefined, actor: operator }],
    });
  });

  it('allows what enough officers have signed for, once', () => {
    const mesh = authorised();
    const authority = ask(mesh);
    expect(authority).toMatchObject({
      kind: 'done',
      events: [{ type: 'request_carried_out', officers: ['alice', 'bob'] }],
    });
    mesh.apply(...authority.events);
    expect(ask(mesh).kind).toBe('refused');
  });

  it.each<[string, (mesh: Mesh) => RequestSubject]>([
    ['another policy', (mesh) => subjectIn(mesh, parsePolicy({ threshold: 0 }))],
    [
      'a present policy that has changed meanwhile',
      (mesh) => {
        mesh.policy = parsePolicy({ threshold: 0.9 });
        return subjectIn(mesh);
      },
    ],
    [
      'officers of whom too few have signed',
      (mesh) => {
        setOfficers(mesh, ['alice', 'carol'], 2);
        return subjectIn(mesh);
      },
    ],
    [
      'a request that has expired',
      (mesh) => {
        mesh.nowMs = NOW + HOUR;
        return subjectIn(mesh);
      },
    ],
  ])('does not allow %s', (_what, change) => {
    const mesh = authorised();
    expect(ask(mesh).kind).toBe('done');
    expect(ask(mesh, change(mesh)).kind).toBe('refused');
  });
});

describe('policyDigest', () => {
  it('is the same for the same policy with its defaults written out, and another for any other', () => {
    const short = parsePolicy({ floors: { a: 0.1, b: 0.2 } });
    expect(policyDigest(parsePolicy({ threshold: 0.7, floors: { b: 0.2, a: 0.1 } }))).toBe(
      policyDigest(short),
    );
    expect(policyDigest(parsePolicy({ floors: { a: 0.1, b: 0.21 } }))).not.toBe(policyDigest(short));
  });
});

describe('the officers of the configuration', () => {
  const configured = { officers: [officer('alice'), officer('bob')], required: 2 };

  it('become those of the mesh if it has none', () => {
    const mesh = new Mesh();
    mesh.apply(...firstOfficers(mesh.state, configured));
    expect(mesh.state.officers()).toEqual(configured);
    expect(firstOfficers(mesh.state, configured)).toEqual([]);
    expect(differsFromOfficers(mesh.state, configured)).toBe(false);
  });

  it('change nothing once there are officers, and the difference is known', () => {
    const mesh = new Mesh();
    setOfficers(mesh, ['alice', 'bob'], 1);
    expect(firstOfficers(mesh.state, configured)).toEqual([]);
    expect(differsFromOfficers(mesh.state, configured)).toBe(true);
    const reordered = { officers: [officer('bob'), officer('alice')], required: 1 };
    expect(differsFromOfficers(mesh.state, reordered)).toBe(false);
  });

  it('are none if none are named', () => {
    const none = { officers: [], required: 1 };
    expect(firstOfficers(new Mesh().state, none)).toEqual([]);
    expect(differsFromOfficers(new Mesh().state, configured)).toBe(false);
  });
});
