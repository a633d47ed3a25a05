import type { Tunnel } from '@mesh/wg-device';
import { TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { keySet, node, strictConfig } from '../support/plan-fixtures.ts';
import { config, createHost, NAME_A, NAME_B, start } from '../support/strict-engine-harness.ts';
import { at, NAMES, T, THEY_LEAD, WE_LEAD } from '../support/strict-fixtures.ts';

const typesOf = (events: readonly AgentEvent[]) => events.map((event) => event.type);

describe('the strict engine', () => {
  it('makes the new sessions before the boundary, moves the routes at the boundary, and ends the old sessions after it', async () => {
    const { engine, at: moveTo, slots, host, applied, events } = start({ atMs: T - 18_000 });
    engine.heard(180, config());
    await moveTo(-15_001);
    expect(await slots()).toEqual({ a: at(4), b: [] });
    expect(host.moves).toEqual([NAME_A]);
    await moveTo(-15_000);
    expect(await slots()).toEqual({ a: at(4), b: at(5, [THEY_LEAD]) });
    await moveTo(-14_000);
    expect(await slots()).toEqual({ a: at(4), b: at(5) });
    await moveTo(-1);
    expect(host.moves).toEqual([NAME_A]);
    await moveTo(0);
    expect(host.moves).toEqual([NAME_A, NAME_B]);
    expect(await slots()).toEqual({ a: at(4), b: at(5) });
    await moveTo(1_499);
    expect(await slots()).toEqual({ a: at(4), b: at(5) });
    await moveTo(1_500);
    expect(await slots()).toEqual({ a: [], b: at(5) });
    expect(applied).toEqual([4, 5]);
    expect(engine.tunnel.interfaceName).toBe(NAME_B);
    // Peers that come and go with the epochs are not reported.
    expect(events.filter((event) => event.type === 'peer_added')).toHaveLength(2);
    expect(typesOf(events)).not.toContain('peer_removed');
  });

  it('removes a denied node from both slots on receipt, and reports it once', async () => {
    const { engine, settle, slots, events, clock } = start({ atMs: T - 10_000 });
    engine.heard(180, config());
    await settle();
    expect(await slots()).toEqual({ a: at(4), b: at(5) });
    const beforeMs = clock.monotonicMs();
    engine.heard(180, config({}, [THEY_LEAD]));
    await settle();
    expect(clock.monotonicMs()).toBe(beforeMs);
    expect(await slots()).toEqual({ a: at(4, [THEY_LEAD]), b: at(5, [THEY_LEAD]) });
    expect(events.filter((event) => event.type === 'peer_removed')).toMatchObject([
      { nodeId: node(WE_LEAD) },
    ]);
  });

  it('empties both slots when this node is denied, and when the lease ends', async () => {
    const denied = start({ atMs: T - 10_000 });
    denied.engine.heard(180, config());
    await denied.settle();
    denied.engine.heard(180, config({ allowed: false }));
    await denied.settle();
    expect(await denied.slots()).toEqual({ a: [], b: [] });

    const alone = start({ atMs: T - 10_000 });
    alone.engine.heard(5, config());
    await alone.settle();
    await alone.at(-5_001);
    expect(await alone.slots()).toEqual({ a: at(4), b: at(5) });
    await alone.at(-5_000);
    expect(await alone.slots()).toEqual({ a: [], b: [] });
    expect(typesOf(alone.events).filter((type) => type === 'lease_ended')).toHaveLength(1);
  });

  it('adopts both interfaces after a restart within the lead, and changes neither', async () => {
    const first = start({ atMs: T - 10_000 });
    first.engine.heard(180, config());
    await first.settle();
    await first.end();
    const second = start({ atMs: T - 9_000, host: first.host, leaseMs: 170_000 });
    await second.settle();
    expect(await second.slots()).toEqual({ a: at(4), b: at(5) });
    // Its first config is sealed to a key of the earlier run and cannot be opened.
    second.engine.heard(180, strictConfig(NAMES, []));
    await second.settle();
    expect(await second.slots()).toEqual({ a: at(4), b: at(5) });
    second.engine.heard(180, config());
    await second.settle();
    expect(await second.slots()).toEqual({ a: at(4), b: at(5) });
    expect(second.host.moves).toEqual([NAME_A]);
    for (const type of ['peer_added', 'peer_removed', 'found_altered'])
      expect(typesOf(second.events)).not.toContain(type);
    await second.at(0);
    expect(second.host.moves).toEqual([NAME_A, NAME_B]);
  });

  it('keeps the slot that carries while the controller has no key in force, and continues with the next epoch', async () => {
    const { engine, at: moveTo, slots, host, settle } = start({ atMs: T - 10_000 });
    engine.heard(180, strictConfig(NAMES, [keySet(4, NAMES)]));
    await settle();
    // This is a config as after a restart of the controller.
    engine.heard(180, strictConfig(NAMES, [keySet(5, NAMES, T)]));
    await settle();
    expect(await slots()).toEqual({ a: at(4), b: at(5) });
    expect(host.moves).toEqual([NAME_A]);
    await moveTo(1_500);
    expect(host.moves).toEqual([NAME_A, NAME_B]);
    expect(await slots()).toEqual({ a: [], b: at(5) });
  });

  it('begins a new session if an epoch comes into the slot in use', async () => {
    const host = createHost();
    const removed: number[] = [];
    const { removePeers } = host.tunnels.a;
    Object.assign(host.tunnels.a, {
      removePeers: (keys: Parameters<Tunnel['removePeers']>[0]) => {
        removed.push(keys.length);
        return removePeers(keys);
      },
    });
    const { engine, at: moveTo, slots, settle } = start({ atMs: T - 10_000, host });
    engine.heard(180, strictConfig(NAMES, [keySet(4, NAMES), keySet(6, NAMES, T)]));
    await settle();
    expect(await slots()).toEqual({ a: at(4), b: [] });
    await moveTo(0);
    expect(await slots()).toEqual({ a: at(6), b: [] });
    expect(removed).toEqual([2]);
  });

  it('reports the pairs without a handshake shortly before the boundary, once', async () => {
    const { engine, at: moveTo, events } = start({ atMs: T - 18_000, verifyHandshakes: true });
    engine.heard(180, config());
    await moveTo(-2_501);
    expect(typesOf(events)).not.toContain('standby_not_ready');
    await moveTo(-1);
    expect(events.filter((event) => event.type === 'standby_not_ready')).toMatchObject([
      { epochId: 5, nodeIds: expect.arrayContaining(NAMES.map(node)) },
    ]);
  });

  it('does not report a slot that cannot be read shortly before the boundary as a failure of the routes', async () => {
    const host = createHost();
    const { read } = host.tunnels.b;
    let failed = 0;
    let fails = false;
    Object.assign(host.tunnels.b, {
      read: () => {
        if (!fails) return read();
        failed += 1;
        return Promise.reject(new TunnelError('timeout', 'wg was ended'));
      },
    });
    const { engine, at: moveTo, events } = start({ atMs: T - 18_000, host, verifyHandshakes: true });
    engine.heard(180, config());
    await moveTo(-2_501);
    fails = true;
    await moveTo(-2_000);
    fails = false;
    expect(failed).toBeGreaterThan(0);
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'tunnel_failed', part: 'routes' }));
  });

  it('reports why the routes could not be moved, and moves them as soon as possible', async () => {
    const { engine, at: moveTo, host, events, changes } = start({ atMs: T - 18_000 });
    engine.heard(180, config());
    await moveTo(-1);
    host.conflict = new TunnelError('route_conflict', '10.9.0.0/24 is already routed to eth1');
    await moveTo(0);
    expect(host.routed).toBe(NAME_A);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'tunnel_failed', part: 'routes', code: 'route_conflict' }),
    );
    expect(engine.snapshot().trouble).toMatchObject({ sinceMs: T, code: 'route_conflict' });
    await moveTo(100);
    expect(host.routed).toBe(NAME_B);
    expect(engine.snapshot().trouble).toBeUndefined();
    expect(changes).toEqual(['route_conflict', undefined]);
  });

  it('reports that a slot fails even while the other one carries the traffic', async () => {
    const { engine, at: moveTo, host, events } = start({ atMs: T - 18_000 });
    let fails = true;
    const { up } = host.tunnels.b;
    Object.assign(host.tunnels.b, {
      up: (wanted: Parameters<Tunnel['up']>[0]) => {
        if (fails) throw new TunnelError('interface_taken', 'mesh0-b belongs to somebody else');
        return up(wanted);
      },
    });
    engine.heard(180, config());
    await moveTo(-10_000);
    expect(engine.snapshot()).toMatchObject({ interfaceUp: true, trouble: { code: 'interface_taken' } });
    expect(events.filter(({ type }) => type === 'tunnel_failed')).toHaveLength(1);
    fails = false;
    await moveTo(-1);
    expect(engine.snapshot().trouble).toBeUndefined();
    expect(typesOf(events)).toContain('tunnel_recovered');
  });

  it('finds routes that somebody else moved, reports and corrects them within one interval', async () => {
    const { engine, at: moveTo, host, events, settle } = start({ atMs: T + 10_000 });
    engine.heard(180, strictConfig(NAMES, [keySet(5, NAMES, T)]));
    await settle();
    expect(host.routed).toBe(NAME_B);
    host.routed = undefined;
    await moveTo(10_000 + 30_000);
    expect(host.routed).toBe(NAME_B);
    expect(events).toContainEqual({ type: 'found_altered', finding: { kind: 'routes_moved' } });
  });

  it('removes both interfaces at the end', async () => {
    const { engine, settle, end, host } = start({ atMs: T });
    engine.heard(180, config());
    await settle();
    await end();
    await engine.down();
    for (const tunnel of [host.tunnels.a, host.tunnels.b])
      await expect(tunnel.read()).rejects.toMatchObject({ code: 'not_up' });
  });
});
