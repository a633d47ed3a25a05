// An agent that is shown another history of the log: removals apply, additions and keys do not, and the lease
// is not renewed. A head that is accepted is on disk before the additions that come with it apply.

import { describe, expect, it } from 'vitest';
import { configBody } from '../support/agent-fixtures.ts';
import { noticeBody } from '../support/notice-body.ts';
import { publicKeyBOf } from '../support/plan-fixtures.ts';
import { scriptedFollower } from '../support/scripted-follower.ts';
import { LIES, LOG_IDENTITY, TestLog } from '../support/test-log.ts';
import { knowingLog, watchedLog } from '../support/watched-log.ts';

const log = new TestLog();
const forked = new TestLog(LIES['drops an entry']);
const LEASE_SECONDS = 180;

/** A follower that holds `v1` with peers a and b, and has accepted the head of 7 entries. */
async function holdingSeven(options: Parameters<typeof knowingLog>[0] = {}) {
  const watched = knowingLog(options);
  const scripted = scriptedFollower(watched.log);
  const now = () => ({ server_time_ms: scripted.clock.nowMs() });
  const full = (version: string, names: readonly string[], changes: object) =>
    scripted.give(configBody(version, names, { class: 'default', ...now(), ...changes }));
  const delta = (base: string, version: string, changes: object) => {
    const { interface: _interface, peers: _peers, keys: _keys, ...common } = configBody(version, [], now());
    return scripted.give({ ...common, base, removed: [], added: [], ...changes });
  };
  await full('v1', ['a', 'b'], log.fields(7, 0));
  return {
    ...watched,
    ...scripted,
    full,
    delta,
    peersNow: () => [...(scripted.configs.findLast((config) => config !== undefined)?.peers.keys() ?? [])],
  };
}

/** A follower whose disk has stored an accepted head when the test says so. */
function onSlowDisk() {
  let stored = (): void => undefined;
  const onStore = () => new Promise<void>((resolve) => (stored = resolve));
  const scripted = scriptedFollower(knowingLog({ onStore }).log);
  const store = async () => {
    stored();
    await scripted.clock.advance(0);
  };
  return { ...scripted, store };
}

describe('a head that follows from the accepted one', () => {
  it('is asked for from the size that is held, and stored', async () => {
    const { queries, heads, full, heard } = await holdingSeven();
    await full('v2', ['a', 'b', 'c'], log.fields(12, 7));
    expect(queries.map(({ logSize, asksForLog }) => [logSize, asksForLog])).toEqual([
      [0, undefined],
      [7, undefined],
      [12, undefined],
    ]);
    expect(heads.map(({ size }) => size)).toEqual([7, 12]);
    expect(heard).toEqual([LEASE_SECONDS, LEASE_SECONDS]);
  });

  it('is on disk before additions apply, and after removals', async () => {
    const { give, configs, clock, queries, store } = onSlowDisk();
    const full = (version: string, names: readonly string[], fields: object) =>
      give(configBody(version, names, { server_time_ms: clock.nowMs(), ...fields }));
    const peersNow = () => [...(configs.at(-1)?.peers.keys() ?? [])];
    await full('v1', ['a', 'b'], log.fields(7, 0));
    await store();
    await full('v2', ['b', 'c'], log.fields(12, 7));
    expect([peersNow(), queries.length]).toEqual([['b'], 2]);
    await store();
    expect([peersNow(), queries.at(-1)?.version]).toEqual([['b', 'c'], 'v2']);
  });

  it('breaks no tunnel of a peer that only gets another key in slot b', async () => {
    const { give, configs, clock, store } = onSlowDisk();
    const full = (version: string, keyB: string, fields: object) => {
      const { peers, ...body } = configBody(version, ['a'], { server_time_ms: clock.nowMs(), ...fields });
      const slotted = peers.map((peer) => ({
        ...peer,
        public_keys: { ...peer.public_keys, b: publicKeyBOf(keyB) as string },
      }));
      return give({ ...body, peers: slotted });
    };
    await full('v1', 'a', log.fields(7, 0));
    await store();
    const before = configs.length;
    await full('v2', 'b', log.fields(12, 7));
    expect(configs.slice(before)).toEqual([undefined]);
    await store();
    expect(configs.at(-1)?.peers.get('a' as never)?.slotB?.publicKey).toBe(publicKeyBOf('b'));
    // Of an answer that is refused, such a peer is taken away: its keys cannot be trusted.
    await full('v3', 'c', forked.fields(14, 12));
    expect(configs.at(-1)?.peers.size).toBe(0);
  });

  it('counts in memory where the disk fails', async () => {
    const { queries, full, peersNow } = await holdingSeven({
      onStore: () => Promise.reject(new Error('the disk is full')),
    });
    await full('v2', ['a', 'b', 'c'], log.fields(12, 7));
    expect([peersNow(), queries.at(-1)?.logSize]).toEqual([['a', 'b', 'c'], 12]);
  });
});

describe('a forked log', () => {
  it('takes peers away, and brings none, and no keys', async () => {
    const { full, configs, peersNow, evidence, events, log: watch } = await holdingSeven();
    const keys = configs.at(-1)?.keySets;
    await full('v2', ['b', 'c'], forked.fields(12, 7));
    expect(peersNow()).toEqual(['b']);
    expect(configs.at(-1)?.keySets.map(({ psks }) => [...psks.values()])).toEqual(
      keys?.map(({ psks }) => [psks.get('b' as never)]),
    );
    expect(watch.refusal).toMatchObject({
      code: 'inconsistent',
      evidence: '/evidence/1',
      shown: { size: 12 },
    });
    expect(evidence[0]).toMatchObject({
      held: { size: 7 },
      refusal: { shown: { size: 12 } },
      log: LOG_IDENTITY,
    });
    expect(events.at(-1)).toEqual({ type: 'log_refused', code: 'inconsistent', heldSize: 7, shownSize: 12 });
  });

  it('denies the node', async () => {
    const { full, configs } = await holdingSeven();
    const denied = { allowed: false, reason: 'cut', reason_code: 'quarantined' };
    await full('v2', [], { ...denied, ...forked.fields(12, 7) });
    expect(configs.at(-1)).toMatchObject({ allowed: false, reason: 'cut', keySets: [], peers: new Map() });
  });

  it('renews no lease: not with a config, not with a notice, not with nothing new, not by another answer', async () => {
    const { full, give, heard, confirmed, follower, clock, queries, peersNow } = await holdingSeven();
    await full('v2', ['a', 'b'], forked.fields(12, 7));
    expect(queries.at(-1)).toMatchObject({ version: 'v2', waitSeconds: 25, logSize: 7 });
    await clock.advance(1_000);
    follower.confirm('v2', clock.bootMs());
    await give();
    const shared = { server_time_ms: clock.nowMs(), log_head: forked.fields(12, 7).log_head };
    await give(noticeBody({ base: 'v2', version: 'v3', removed: ['a'], ...shared }), 'removal_notice');
    expect(peersNow()).toEqual(['b']);
    expect([heard, confirmed]).toEqual([[LEASE_SECONDS], []]);
    clock.suspend(LEASE_SECONDS * 1_000);
    await give();
    expect(queries.at(-1)?.waitSeconds).toBe(25);
  });

  it('takes away in deltas too, and adds nothing', async () => {
    const { delta, peersNow } = await holdingSeven();
    const added = configBody('v2', ['c']).peers;
    await delta('v1', 'v2', { added, ...forked.fields(7, 7) });
    expect(peersNow()).toEqual(['a', 'b']);
    await delta('v2', 'v3', { removed: ['a'], ...forked.fields(7, 7) });
    expect(peersNow()).toEqual(['b']);
  });

  it('is noticed in a notice', async () => {
    const { give, clock, log: watch, heard } = await holdingSeven();
    const shared = { server_time_ms: clock.nowMs(), log_head: forked.fields(7, 7).log_head };
    await give(noticeBody(shared), 'removal_notice');
    expect([watch.refusal?.code, heard.length]).toEqual(['forked', 1]);
  });

  it('of the size that was accepted is asked for its signatures once, which the evidence then has', async () => {
    const { full, give, queries, evidence, log: watch, clock } = await holdingSeven();
    const shared = { server_time_ms: clock.nowMs(), log_head: forked.fields(7, 7).log_head };
    await give(noticeBody(shared), 'removal_notice');
    expect(queries.at(-1)).toMatchObject({ logSize: 0 });
    expect(queries.at(-1)?.version).toBeUndefined();
    await full('v2', ['a', 'c'], forked.fields(7, 0));
    expect(
      evidence.map(({ held, refusal }) => [held?.signatures.length, refusal.shown.signatures.length]),
    ).toEqual([
      [2, 0],
      [2, 2],
    ]);
    expect(watch.refusal?.code).toBe('forked');
    await full('v3', ['a'], { log_head: forked.fields(7, 7).log_head });
    expect(queries.slice(-2).map(({ logSize }) => logSize)).toEqual([7, 7]);
  });

  it('that is in line again when it is asked for signatures is no further contradiction', async () => {
    const { full, queries, evidence, log: watch } = await holdingSeven();
    await full('v2', ['a', 'c'], { log_head: forked.fields(7, 7).log_head });
    expect([watch.refusal?.code, queries.at(-1)?.logSize]).toEqual(['forked', 0]);
    await full('v3', ['a', 'c'], log.fields(12, 0));
    expect([watch.refusal?.code, evidence.at(-1)?.refusal.shown.size]).toEqual(['forked', 7]);
    await full('v4', ['a', 'c'], log.fields(12, 7));
    expect(watch.refusal).toBeUndefined();
  });

  it.each([
    ['shows fewer entries', 'shrunk', () => log.fields(5, 7)],
    ['shows the head of an earlier time', 'back_dated', () => log.fields(12, 7, { timeSeconds: 1 })],
    ['proves nothing', 'unproven', () => ({ log_head: log.fields(12, 7).log_head })],
  ] as const)('that %s is refused', async (_what, code, fields) => {
    const { full, peersNow, log: watch } = await holdingSeven();
    await full('v2', ['a', 'c'], fields());
    expect([watch.refusal?.code, peersNow()]).toEqual([code, ['a']]);
  });

  it('is all taken by a node that compares nothing', async () => {
    const { log: watch } = watchedLog();
    const { give, clock, configs, heard } = scriptedFollower(watch);
    const body = (version: string, names: readonly string[], fields: object) =>
      configBody(version, names, { server_time_ms: clock.nowMs(), ...fields });
    await give(body('v1', ['a', 'b'], log.fields(7, 0)));
    await give(body('v2', ['b', 'c'], forked.fields(12, 7)));
    expect([[...(configs.at(-1)?.peers.keys() ?? [])], heard.length]).toEqual([['b', 'c'], 2]);
  });
});

describe('the log in line again', () => {
  it('ends the refusal with a full config, and asks for one after a delta', async () => {
    const { full, delta, peersNow, queries, log: watch, heard, events } = await holdingSeven();
    await full('v2', ['a', 'b', 'c'], forked.fields(12, 7));
    await delta('v2', 'v3', { ...log.fields(13, 7) });
    expect([watch.refusal, peersNow(), queries.at(-1)?.version]).toEqual([undefined, ['a', 'b'], undefined]);
    expect(heard).toEqual([LEASE_SECONDS]);
    await full('v3', ['a', 'b', 'c'], log.fields(13, 13));
    expect([peersNow(), heard]).toEqual([
      ['a', 'b', 'c'],
      [LEASE_SECONDS, LEASE_SECONDS],
    ]);
    expect(events.at(-1)).toEqual({ type: 'log_recovered', size: 13 });
  });

  it('is another line, once the operator has named a head of it', async () => {
    const { full, follower, peersNow, log: watch, heads, queries } = await holdingSeven();
    await full('v2', ['a', 'c'], forked.fields(12, 7));
    const { head } = forked.said(9, 0);
    expect(await watch.acceptFromOperator(head)).toBe(true);
    follower.refetch();
    await full('v2', ['a', 'c'], forked.fields(12, 9));
    expect([watch.refusal, peersNow()]).toEqual([undefined, ['a', 'c']]);
    expect(queries.at(-2)?.logSize).toBe(9);
    expect(heads.map(({ size, signatures }) => [size, signatures.length])).toEqual([
      [7, 2],
      [9, 0],
      [12, 2],
    ]);
  });

  it('is not, if the operator has named a head of a third one', async () => {
    const { full, follower, log: watch } = await holdingSeven();
    await full('v2', ['a', 'c'], forked.fields(12, 7));
    await watch.acceptFromOperator(new TestLog(LIES['back-dates an entry']).said(9, 0).head);
    follower.refetch();
    await full('v2', ['a', 'c'], forked.fields(12, 9));
    expect(watch.refusal?.code).toBe('inconsistent');
  });
});

describe('a node that enrolled before its controller told the log', () => {
  it('asks for it, trusts the first answer, and keeps it', async () => {
    const { log: watch, identities, heads } = watchedLog();
    const { give, clock, queries } = scriptedFollower(watch);
    const body = (fields: object) => configBody('v1', ['a'], { server_time_ms: clock.nowMs(), ...fields });
    await give(body({ ...log.fields(7, 0), log: LOG_IDENTITY }));
    await clock.advance(0);
    expect(queries.map(({ asksForLog, logSize }) => [asksForLog, logSize])).toEqual([
      [true, 0],
      [undefined, 7],
    ]);
    expect([identities, heads.length, watch.origin]).toEqual([[LOG_IDENTITY], 1, LOG_IDENTITY.origin]);
    const other = { ...LOG_IDENTITY, origin: 'another.example/log' };
    await give(body({ ...log.fields(7, 7), log: other }));
    expect([identities.length, watch.origin]).toEqual([1, LOG_IDENTITY.origin]);
  });
});
