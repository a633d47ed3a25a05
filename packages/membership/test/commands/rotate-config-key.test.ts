// The steps of a change of the config key: what each needs, who is waited for, and what officers have to
// sign.

import {
  type AuthoriseConfigKeyStep,
  abortConfigKey,
  done,
  finishConfigKey,
  logEntryOf,
  nodesNotConfirmed,
  noteConfigKeyList,
  type Outcome,
  officersAuthoriseConfigKeyStep,
  prepareConfigKey,
  signingKeyOf,
  switchConfigKey,
} from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { type ConfigKeyList, MAX_CONFIG_KEY_LISTS } from '@mesh/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';
import { requestFor, setOfficers, submit } from '../support/officers.ts';

const actor = { kind: 'socket' } as const;
const sealedKey = Uint8Array.of(1, 2, 3);
const anybody: AuthoriseConfigKeyStep = () => done([]);
/** How long a certificate lasts. */
const AWAY_MS = 3_600_000;
const given = { why: 'test', actor };

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
});
const newest = () => mesh.state.configKeys().lists.at(-1);
/** A list as the controller makes it, but for its signature. */
const list = (present: string, next?: string, fromMs = mesh.nowMs): ConfigKeyList => ({
  mesh_id: mesh.state.meshId,
  made_at_ms: Math.max(mesh.nowMs, (newest()?.made_at_ms ?? 0) + 1),
  present,
  ...(next === undefined ? {} : { next: { public_key: next, from_ms: fromMs } }),
  signature: 'S',
});
type Authorise = AuthoriseConfigKeyStep;
const byOfficers = officersAuthoriseConfigKeyStep;
const prepare = (made = list('one', 'two'), authorise: Authorise = byOfficers) =>
  mesh.run(prepareConfigKey({ list: made, sealedKey, mayBeAwayMs: AWAY_MS, ...given }, authorise));
const switchOver = (force = false, authorise: Authorise = byOfficers) =>
  mesh.run(switchConfigKey({ force, ...given }, authorise));
const finish = (made = list('two'), authorise: Authorise = byOfficers) =>
  mesh.run(finishConfigKey({ list: made, ...given }, authorise));
const abort = (made = list('one'), authorise: Authorise = byOfficers) =>
  mesh.run(abortConfigKey({ list: made, ...given }, authorise));
const confirms = (name: string, listMs = newest()?.made_at_ms ?? 0) =>
  mesh.run(noteConfigKeyList(parseNodeId(name), listMs));
const detailOf = (outcome: Outcome) => outcome.kind === 'refused' && outcome.problem.detail;
const conflict = { kind: 'refused', problem: { code: 'state_conflict' } };

function withCertificate(name: string, notAfterMs = mesh.nowMs + 1_000): void {
  const { nodeId } = mesh.enrol(name);
  mesh.apply({ type: 'certificate_issued', nodeId, serial: '01', notAfterMs });
}

describe('the steps', () => {
  it('come one after the other, and again from the start', () => {
    for (const outcome of [switchOver(), finish(), abort()]) expect(outcome).toMatchObject(conflict);
    expect(prepare().kind).toBe('done');
    expect(signingKeyOf(mesh.state.configKeys())).toBe('one');
    for (const outcome of [prepare(list('one', 'three')), finish()]) expect(outcome).toMatchObject(conflict);
    expect(switchOver().kind).toBe('done');
    expect(signingKeyOf(mesh.state.configKeys())).toBe('two');
    for (const outcome of [prepare(list('two', 'three')), switchOver(), abort(list('two'))])
      expect(outcome).toMatchObject(conflict);
    expect(finish().kind).toBe('done');
    expect(mesh.state.configKeys()).toMatchObject({ lists: [{}, {}], overlap: undefined });
    expect(prepare(list('two', 'three')).kind).toBe('done');
    expect(abort(list('two')).kind).toBe('done');
    expect(signingKeyOf(mesh.state.configKeys())).toBe('two');
  });

  it('take no list that another key than the present one has made, or that is no newer', () => {
    prepare();
    const { made_at_ms } = newest() ?? {};
    expect(abort({ ...list('one'), made_at_ms: made_at_ms ?? 0 })).toMatchObject(conflict);
    expect(abort(list('two'))).toMatchObject(conflict);
    switchOver();
    expect(finish(list('one'))).toMatchObject(conflict);
    finish();
    expect(prepare(list('one', 'three'))).toMatchObject(conflict);
  });

  it('the switch waits for the moment that was announced, at the millisecond', () => {
    prepare(list('one', 'two', mesh.nowMs + 1_000));
    mesh.nowMs += 999;
    expect(detailOf(switchOver(true))).toMatch(/^the next key may not sign before .*01.000Z: wait/);
    mesh.nowMs += 1;
    expect(switchOver().kind).toBe('done');
  });
});

describe('changes', () => {
  it('are as many as a node that was away can follow, while its certificate lasts', () => {
    const nameOf = (at: number) => (at === 0 ? 'one' : `key ${at}`);
    const change = (at: number) => {
      mesh.nowMs += 1_000;
      const prepared = prepare(list(nameOf(at), nameOf(at + 1)));
      if (prepared.kind === 'refused') return detailOf(prepared);
      switchOver();
      return finish(list(nameOf(at + 1))).kind;
    };
    const beganMs = mesh.nowMs;
    for (let at = 0; at < MAX_CONFIG_KEY_LISTS - 1; at += 1) expect(change(at)).toBe('done');
    const { lists } = mesh.state.configKeys();
    expect(change(MAX_CONFIG_KEY_LISTS - 1)).toMatch(/^the config key has changed 255 times .*: wait, and/);
    expect(mesh.state.configKeys().lists).toEqual(lists);
    // The first list that changed the key is too long ago by then.
    mesh.nowMs = beganMs + AWAY_MS + 1;
    expect(change(MAX_CONFIG_KEY_LISTS - 1)).toBe('done');
  });
});

describe('the switch', () => {
  it('names the nodes that have not confirmed the next key, and leaves them behind if it has to', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) withCertificate(name);
    prepare();
    confirms('a');
    expect(detailOf(switchOver())).toMatch(/^b, c, d, e, f, and 2 more: have not confirmed/);
    expect(switchOver(true).events).toMatchObject([
      { type: 'config_key_switched', publicKey: 'one', nextPublicKey: 'two', notConfirmed: { length: 7 } },
    ]);
  });

  it('does not wait for nodes without a good certificate, or that are revoked', () => {
    for (const name of ['a', 'b']) withCertificate(name);
    mesh.enrol('without');
    prepare();
    mesh.apply({ type: 'node_revoked', nodeId: parseNodeId('b'), why: 'test', actor });
    expect(nodesNotConfirmed(mesh.state, mesh.nowMs)).toEqual(['a']);
    mesh.nowMs += 1_000;
    expect(nodesNotConfirmed(mesh.state, mesh.nowMs)).toEqual([]);
  });

  it('counts each node once, for the newest list, and only while the change lasts', () => {
    withCertificate('a');
    expect(confirms('a').events).toEqual([]);
    prepare();
    expect(confirms('a', 1).events).toEqual([]);
    expect(confirms('nobody').events).toEqual([]);
    expect(confirms('a').events).toMatchObject([{ type: 'config_key_confirmed', nodeId: 'a' }]);
    expect(confirms('a').events).toEqual([]);
    abort();
    expect(confirms('a').events).toEqual([]);
  });
});

describe('the log', () => {
  it('shows the signed list, and never the sealed key', () => {
    const [event] = prepare().events;
    const entry = event && logEntryOf(event);
    expect(entry).toMatchObject({
      data: { list: newest(), actor: 'socket', why: 'test' },
      details: undefined,
    });
    expect(JSON.stringify(entry)).not.toMatch(/sealed|1,2,3/);
  });
});

describe('with officers', () => {
  const sign = (step: 'prepare' | 'switch' | 'finish' | 'abort', force = false) =>
    submit(
      mesh,
      requestFor(mesh, { kind: 'config_key.rotate', parameters: { step, force } }),
      'alice',
      'bob',
    );
  const lacking = { kind: 'refused', problem: { code: 'officers_required' } };
  beforeEach(() => setOfficers(mesh, ['alice', 'bob', 'carol'], 2));

  it('no step is an operator’s alone, and each succeeds without the guard', () => {
    expect(prepare()).toMatchObject(lacking);
    expect(prepare(undefined, anybody).kind).toBe('done');
    expect(abort()).toMatchObject(lacking);
    expect(abort(undefined, anybody).kind).toBe('done');
    prepare(list('one', 'two'), anybody);
    expect(switchOver()).toMatchObject(lacking);
    expect(switchOver(false, anybody).kind).toBe('done');
    expect(finish()).toMatchObject(lacking);
    expect(finish(undefined, anybody).kind).toBe('done');
  });

  it('a step is allowed once, for this change, and one with force is another', () => {
    withCertificate('a');
    sign('prepare');
    expect(switchOver(true).kind).toBe('refused');
    expect(prepare().kind).toBe('done');
    sign('switch');
    expect(switchOver(true)).toMatchObject(lacking);
    sign('switch', true);
    expect(switchOver(true).kind).toBe('done');
    sign('finish');
    expect(finish().kind).toBe('done');
    expect(prepare(list('two', 'three'))).toMatchObject(lacking);
  });
});
