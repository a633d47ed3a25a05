// The steps of a change of the log's keys: what each needs, who is waited for, and what officers have to
// sign.

import {
  type AuthoriseLogKeyStep,
  abortLogKey,
  done,
  finishLogKey,
  type LogKeyPair,
  logEntryOf,
  type Outcome,
  officersAuthoriseLogKeyStep,
  prepareLogKey,
} from '@mesh/membership';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';
import { requestFor, setOfficers, submit } from '../support/officers.ts';

const actor = { kind: 'socket' } as const;
const given = { why: 'test', actor };
const sealedSeeds = Uint8Array.of(1, 2, 3);
const anybody: AuthoriseLogKeyStep = () => done([]);
const byOfficers = officersAuthoriseLogKeyStep;
const pair = (publicKey: string): LogKeyPair => ({
  publicKey,
  verifierKeys: [`log+00+${publicKey}`, `log+01+${publicKey}`],
});

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
});
const prepare = (present = 'one', next = 'two', authorise = byOfficers) =>
  mesh.run(prepareLogKey({ present: pair(present), next: pair(next), sealedSeeds, ...given }, authorise));
const finish = (change: object = {}, authorise = byOfficers) => {
  const published = mesh.state.logKeys().next?.publicKey;
  return mesh.run(
    finishLogKey({ published, notConfirmed: [], force: false, ...given, ...change }, authorise),
  );
};
const abort = (authorise = byOfficers) => mesh.run(abortLogKey(given, authorise));
const signers = () => {
  const { present, next, ended } = mesh.state.logKeys();
  return [present?.publicKey, next?.publicKey, ended.map(({ publicKey }) => publicKey)];
};
const detailOf = (outcome: Outcome) => outcome.kind === 'refused' && outcome.problem.detail;
const conflict = { kind: 'refused', problem: { code: 'state_conflict' } };

describe('the steps', () => {
  it('come one after the other, and again from the start', () => {
    for (const outcome of [finish(), abort()]) expect(outcome).toMatchObject(conflict);
    expect(prepare().kind).toBe('done');
    expect(signers()).toEqual(['one', 'two', []]);
    expect(prepare('one', 'three')).toMatchObject(conflict);
    expect(finish().kind).toBe('done');
    expect(signers()).toEqual(['two', undefined, ['one']]);
    // A pair that was made while the one before signed.
    expect(prepare('one', 'three')).toMatchObject(conflict);
    expect(prepare('two', 'three').kind).toBe('done');
    expect(abort().kind).toBe('done');
    expect(signers()).toEqual(['two', undefined, ['one']]);
    for (const outcome of [finish(), abort()]) expect(outcome).toMatchObject(conflict);
  });

  it('end the keys before only once a published head bears the signatures of the next ones', () => {
    prepare();
    for (const published of [undefined, 'one', 'three'])
      expect(detailOf(finish({ published, force: true }))).toMatch(/wait for the next head/);
    expect(finish({ published: 'two' }).kind).toBe('done');
  });

  it('name witnesses that do not know the next keys, and leave them behind if they have to', () => {
    prepare();
    const notConfirmed = ['https://w1.example', 'https://w2.example'];
    expect(detailOf(finish({ notConfirmed }))).toMatch(
      /^https:..w1.example, https:..w2.example: has not taken/,
    );
    expect(finish({ notConfirmed, force: true }).events).toMatchObject([
      { type: 'log_key_finished', present: pair('two'), notConfirmed },
    ]);
  });
});

describe('the log', () => {
  it('shows from each entry on who signs heads, and never the sealed seeds', () => {
    const entries = [...prepare().events, ...abort().events, ...prepare().events, ...finish().events].map(
      (event) => logEntryOf(event),
    );
    const [one, two] = [pair('one').verifierKeys, pair('two').verifierKeys];
    expect(entries.map(({ type, data }) => [type, data.verifier_keys])).toEqual([
      ['log_key_prepared', [...one, ...two]],
      ['log_key_aborted', one],
      ['log_key_prepared', [...one, ...two]],
      ['log_key_finished', two],
    ]);
    for (const { data, details } of entries) {
      expect([data.actor, data.why, details]).toEqual(['socket', 'test', undefined]);
      expect(JSON.stringify(data)).not.toMatch(/sealed|1,2,3/);
    }
  });
});

describe('with officers', () => {
  const sign = (step: 'prepare' | 'finish' | 'abort', force = false) =>
    submit(mesh, requestFor(mesh, { kind: 'log_key.rotate', parameters: { step, force } }), 'alice', 'bob');
  const lacking = { kind: 'refused', problem: { code: 'officers_required' } };
  beforeEach(() => setOfficers(mesh, ['alice', 'bob', 'carol'], 2));

  it('no step is an operator’s alone, and each succeeds without the guard', () => {
    expect(prepare()).toMatchObject(lacking);
    expect(prepare('one', 'two', anybody).kind).toBe('done');
    expect(abort()).toMatchObject(lacking);
    expect(abort(anybody).kind).toBe('done');
    prepare('one', 'two', anybody);
    expect(finish()).toMatchObject(lacking);
    expect(finish({}, anybody).kind).toBe('done');
  });

  it('a step is allowed once, for this change, and one with force is another', () => {
    const notConfirmed = ['https://w1.example'];
    sign('prepare');
    expect(prepare().kind).toBe('done');
    sign('finish');
    expect(finish({ notConfirmed, force: true })).toMatchObject(lacking);
    sign('finish', true);
    expect(finish({ notConfirmed, force: true }).kind).toBe('done');
    expect(prepare('two', 'three')).toMatchObject(lacking);
  });
});
