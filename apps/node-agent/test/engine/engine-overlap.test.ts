// How the engine reacts to a look at the host's routes, on a fake clock.

import { parseAllowedIp } from '@mesh/wg';
import type { RouteLook, RouteSurvey } from '@mesh/wg-device';
import { TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { config, NAMES, restarted, start } from '../support/engine-harness.ts';
import { keySet, node } from '../support/plan-fixtures.ts';
import * as strict from '../support/strict-engine-harness.ts';
import { at, T, THEY_LEAD, WE_LEAD } from '../support/strict-fixtures.ts';

const CLEAN: RouteSurvey = { foreign: [], strays: [] };
const BRIDGE: RouteSurvey = {
  foreign: [
    {
      kind: 'address',
      prefix: '10.9.0.200/24',
      block: parseAllowedIp('10.9.0.0/24'),
      interfaceName: 'br0',
    },
  ],
  strays: [],
};
const leakingTo = (...addresses: string[]): RouteSurvey => ({
  ...CLEAN,
  strays: addresses.map((address) => ({
    address: parseAllowedIp(address),
    interfaceName: 'br0',
    table: '51820',
  })),
});
const told = (events: readonly AgentEvent[]) =>
  events.flatMap((event) =>
    event.type === 'overlap_found' || event.type === 'overlap_gone'
      ? [`${event.type} ${event.overlap.handled} ${event.overlap.peers.join()}`.trim()]
      : [],
  );

/** An engine on a host whose routes the test sets. */
function onHost(survey: RouteSurvey, options: Parameters<typeof start>[0] = {}) {
  const host = { survey, failure: undefined as TunnelError | undefined };
  const looks: RouteLook[] = [];
  let harness: ReturnType<typeof start> | undefined;
  harness = start({
    ...options,
    look: async (wanted) => {
      looks.push(wanted);
      harness?.calls.push('look');
      if (host.failure !== undefined) throw host.failure;
      return host.survey;
    },
  });
  return { ...harness, host, looks };
}

describe('the engine, before it adds a peer', () => {
  it('has routed the peer and checked where its traffic would go', async () => {
    const { engine, calls, looks, settle } = onHost(CLEAN);
    engine.heard(180, config(['a']));
    await settle();
    expect(calls.indexOf('look')).toBeLessThan(calls.indexOf('add 1'));
    expect(looks.at(-1)).toEqual({
      interfaceName: 'mesh0',
      blocks: [parseAllowedIp('10.9.0.1')],
      own: [parseAllowedIp('10.9.0.250')],
    });
    const before = calls.length;
    engine.heard(180, config(['a', 'b']));
    await settle();
    expect(calls.slice(before)).toEqual(['look', 'add 1']);
  });

  it('does not add the peer while looks fail; removals and keys do not wait for that', async () => {
    const { engine, calls, host, peers, settle, clock, digest } = onHost(CLEAN);
    engine.heard(600, config(NAMES));
    await settle();
    host.failure = new TunnelError('timeout', '`ip` did not answer');
    const old = await digest('b');
    const keySets = [keySet(9, ['b', 'c', 'x'])];
    engine.heard(600, config(['b', 'c', 'x'], { keySets }));
    await settle();
    expect(await peers()).toEqual(['b', 'c']);
    expect(await digest('b')).not.toBe(old);
    expect(calls).toEqual(expect.arrayContaining(['remove 1', 'psk 2']));
    host.failure = undefined;
    await clock.advance(6_000);
    expect(await peers()).toEqual(['b', 'c', 'x']);
  });

  it('looks again if the interface was created again', async () => {
    const { engine, tunnel, calls, settle, clock } = onHost(CLEAN);
    engine.heard(600, config(NAMES));
    await settle();
    await tunnel.down();
    const before = calls.length;
    await clock.advance(30_000);
    await settle();
    const since = calls.slice(before);
    expect(since).toContain('look');
    expect(since.indexOf('look')).toBeLessThan(since.indexOf('add 3'));
  });
});

describe('the engine, when another route or address is within the overlay', () => {
  it('keeps all peers by their own routes, and reports the overlap once when it appears and once when it is gone', async () => {
    const { engine, host, peers, events, settle, clock } = onHost(CLEAN);
    engine.heard(600, config(NAMES));
    await settle();
    expect(told(events)).toEqual([]);
    host.survey = BRIDGE;
    const cameMs = clock.nowMs();
    await clock.advance(90_000);
    expect(told(events)).toEqual(['overlap_found host-routes']);
    expect(engine.snapshot().overlaps).toMatchObject([{ prefix: '10.9.0.200/24', handled: 'host-routes' }]);
    expect(engine.snapshot().overlaps[0]?.sinceMs).toBeLessThanOrEqual(cameMs + 30_000);
    expect(await peers()).toEqual(NAMES);
    expect(engine.snapshot().trouble).toBeUndefined();
    host.survey = CLEAN;
    await clock.advance(30_000);
    expect(told(events)).toEqual(['overlap_found host-routes', 'overlap_gone host-routes']);
    expect(engine.snapshot().overlaps).toEqual([]);
  });

  it('keeps off peers whose traffic would still take the other route, at the start and later', async () => {
    const { engine, host, peers, events, settle, clock } = onHost(leakingTo('10.9.0.2'));
    engine.heard(600, config(NAMES));
    await settle();
    expect(await peers()).toEqual(['a', 'c']);
    expect(told(events)).toEqual(['overlap_found leaking b']);
    expect([...engine.snapshot().appliedEpochs.keys()]).toEqual(['a', 'c'].map(node));
    const sinceMs = engine.snapshot().overlaps[0]?.sinceMs;
    host.survey = leakingTo('10.9.0.2', '10.9.0.3');
    await clock.advance(30_000);
    await settle();
    expect(await peers()).toEqual(['a']);
    expect(engine.snapshot().trouble).toEqual({
      sinceMs,
      code: 'overlap_leaking',
      message: 'lookup 10.9.0.0/24 on br0 (table 51820) would take what is sent to b, c',
    });
    host.survey = CLEAN;
    await clock.advance(30_000);
    await settle();
    expect(await peers()).toEqual(NAMES);
    expect(told(events)).toEqual([
      'overlap_found leaking b',
      'overlap_found leaking b,c',
      'overlap_gone leaking b,c',
    ]);
  });

  it('with refuse, lets no peer on: at the start, later, and until the overlap is gone', async () => {
    const { engine, host, peers, events, settle, clock, calls, changes } = onHost(BRIDGE, {
      onOverlap: 'refuse',
    });
    engine.heard(600, config(NAMES));
    await settle();
    expect(await peers()).toEqual([]);
    expect(calls.some((call) => call.startsWith('add'))).toBe(false);
    expect(engine.snapshot()).toMatchObject({
      interfaceUp: true,
      desired: 'closed',
      trouble: { code: 'overlap_refused', message: expect.stringContaining('10.9.0.200/24 on br0') },
    });
    host.survey = CLEAN;
    await clock.advance(30_000);
    await settle();
    expect(await peers()).toEqual(NAMES);
    host.survey = BRIDGE;
    await clock.advance(30_000);
    await settle();
    expect(await peers()).toEqual([]);
    expect(told(events)).toEqual(['overlap_found refused', 'overlap_gone refused', 'overlap_found refused']);
    expect(changes).toEqual(['overlap_refused', undefined, 'overlap_refused']);
  });

  it('does not change anything while a later look fails, and tries again with the next check', async () => {
    const { engine, host, peers, events, settle, clock, digest } = onHost(BRIDGE);
    engine.heard(600, config(NAMES));
    await settle();
    host.failure = new TunnelError('timeout', '`ip` did not answer');
    await clock.advance(30_000);
    const old = await digest('b');
    engine.heard(600, config(NAMES, { keySets: [keySet(9, NAMES)] }));
    await settle();
    expect(await digest('b')).not.toBe(old);
    expect(await peers()).toEqual(NAMES);
    expect(engine.snapshot().overlaps).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'tunnel_failed')).toMatchObject([
      { part: 'routes', code: 'timeout' },
    ]);
    expect(engine.snapshot().trouble?.code).toBe('timeout');
    host.failure = undefined;
    host.survey = CLEAN;
    await clock.advance(60_000);
    expect(engine.snapshot()).toMatchObject({ overlaps: [], trouble: undefined });
  });

  it('leaves the routes of an earlier run as they are until it knows its peers, and then routes them', async () => {
    const { tunnel } = await restarted();
    const { engine, looks, peers, settle, calls } = onHost(BRIDGE, { tunnel, leaseMs: 60_000 });
    await settle();
    expect(looks.map(({ blocks }) => blocks)).toEqual([undefined]);
    expect(await peers()).toEqual(NAMES);
    engine.heard(180, config(NAMES));
    await settle();
    expect(looks.at(-1)?.blocks).toHaveLength(NAMES.length);
    expect(calls.some((call) => call.startsWith('add'))).toBe(false);
  });

  it('keeps every peer’s route when the lease ends, so that packets to them do not go to the bridge', async () => {
    const { engine, looks, peers, settle, clock } = onHost(BRIDGE);
    engine.heard(60, config(NAMES));
    await settle();
    const before = looks.length;
    await clock.advance(100_000);
    expect(await peers()).toEqual([]);
    expect(looks.length).toBeGreaterThan(before + 2);
    expect(looks.at(-1)?.blocks).toHaveLength(NAMES.length);
  });

  it('with refuse, removes the peers that an earlier run left', async () => {
    const { tunnel } = await restarted();
    const { peers, settle } = onHost(BRIDGE, { tunnel, leaseMs: 60_000, onOverlap: 'refuse' });
    await settle();
    expect(await peers()).toEqual([]);
  });
});

describe('the strict engine, when another route or address is within the overlay', () => {
  it('keeps a peer whose traffic leaks off both slots, and reports it once', async () => {
    const host = strict.createHost();
    const { engine, slots, settle, events, at: moveTo } = strict.start({ atMs: T - 10_000, host });
    engine.heard(600, strict.config());
    await settle();
    expect(await slots()).toEqual({ a: at(4), b: at(5) });
    const [first] = strict.config().peers.values();
    host.survey = leakingTo((first?.allowedIps[0] ?? '').split('/')[0] ?? '');
    await moveTo(20_000 + 1);
    await moveTo(30_000);
    expect(await slots()).toEqual({ a: [], b: at(5, [THEY_LEAD]) });
    expect(told(events)).toEqual([`overlap_found leaking ${node(WE_LEAD)}`]);
    host.survey = CLEAN;
    await moveTo(60_000);
    expect(await slots()).toEqual({ a: [], b: at(5) });
  });

  it('gives every peer its own route whichever slot looks, even a peer without a key in slot b', async () => {
    const { engine, settle, host } = strict.start({ atMs: T - 10_000 });
    const { peers } = strict.config();
    const withoutB = [...peers.values()].map(({ slotB: _, ...peer }) => peer);
    engine.heard(600, strict.config({ peers: new Map(withoutB.map((peer) => [peer.nodeId, peer])) }));
    await settle();
    const blocks = withoutB.flatMap(({ allowedIps }) => allowedIps);
    expect(host.looks.at(-1)?.blocks).toEqual(blocks);
    expect(host.looks.every((look) => look.blocks?.length !== 0)).toBe(true);
  });

  it('with refuse, empties both slots and still moves the routes, which catch packets to the overlay', async () => {
    const host = strict.createHost();
    host.survey = BRIDGE;
    const {
      engine,
      slots,
      settle,
      at: moveTo,
    } = strict.start({
      atMs: T - 10_000,
      host,
      onOverlap: 'refuse',
    });
    engine.heard(600, strict.config());
    await settle();
    expect(await slots()).toEqual({ a: [], b: [] });
    await moveTo(0);
    expect(host.moves).toEqual([strict.NAME_A, strict.NAME_B]);
    host.survey = CLEAN;
    await moveTo(30_000);
    expect(await slots()).toEqual({ a: [], b: at(5) });
  });
});
