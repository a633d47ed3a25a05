// What is reported about a look at the host's routes, and which peers must stay off, without any device.

import { parseAllowedIp } from '@mesh/wg';
import type { ForeignRoute, StrayRoute } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { type DesiredInput, desiredPeers } from '../../src/plan/desired-peers.ts';
import {
  changedOverlaps,
  type OnOverlap,
  type RouteOverlap,
  routeOverlaps,
  withoutLeaking,
} from '../../src/plan/route-overlaps.ts';
import { heldConfig, keySet, node } from '../support/plan-fixtures.ts';

const NAMES = ['a', 'b', 'c'];
const config = heldConfig(NAMES, [keySet(4, NAMES)]);
const bridge: ForeignRoute = {
  kind: 'address',
  prefix: '10.9.0.200/24',
  block: parseAllowedIp('10.9.0.0/24'),
  interfaceName: 'br0',
};
const narrow: ForeignRoute = {
  kind: 'route',
  prefix: '10.9.0.2/32',
  block: parseAllowedIp('10.9.0.2'),
  interfaceName: 'br0',
};
const astray = (address: string, interfaceName: string, table = 'main'): StrayRoute => ({
  address: parseAllowedIp(address),
  interfaceName,
  table,
});
const overlapsOf = (
  foreign: readonly ForeignRoute[],
  strays: readonly StrayRoute[] = [],
  changes: { known?: readonly RouteOverlap[]; nowMs?: number; onOverlap?: OnOverlap } = {},
) =>
  routeOverlaps({
    survey: { foreign, strays },
    networks: [parseAllowedIp('10.9.0.0/16')],
    config,
    onOverlap: 'host-routes',
    known: [],
    nowMs: 7,
    ...changes,
  });

describe('an overlap', () => {
  it('that takes no peer’s traffic is handled by the peers’ own routes, or refused', () => {
    expect(overlapsOf([bridge])).toEqual([
      {
        kind: 'address',
        prefix: '10.9.0.200/24',
        interfaceName: 'br0',
        table: 'main',
        sinceMs: 7,
        handled: 'host-routes',
        peers: [],
      },
    ]);
    expect(overlapsOf([bridge], [], { onOverlap: 'refuse' })).toMatchObject([{ handled: 'refused' }]);
  });

  it('that takes peers’ traffic leaks, whatever the setting, and names those peers once', () => {
    const strays = [astray('10.9.0.2', 'br0'), astray('10.9.0.2', 'br0'), astray('10.9.0.1', 'br0')];
    for (const onOverlap of ['host-routes', 'refuse'] as const)
      expect(overlapsOf([bridge], strays, { onOverlap })).toMatchObject([
        { prefix: '10.9.0.200/24', handled: 'leaking', peers: [node('a'), node('b')] },
      ]);
  });

  it('is the narrowest route that explains where a peer’s traffic goes', () => {
    const found = overlapsOf(
      [bridge, narrow],
      [astray('10.9.0.2', 'br0'), astray('10.9.0.3', 'lo', 'local')],
    );
    expect(found).toMatchObject([
      { prefix: '10.9.0.200/24', handled: 'leaking', peers: [node('c')] },
      { prefix: '10.9.0.2/32', handled: 'leaking', peers: [node('b')] },
    ]);
  });

  it('of another table, or without an explanation, is the lookup itself, one for all its peers', () => {
    const strays = ['10.9.0.1', '10.9.0.2'].map((address) => astray(address, 'br0', '51820'));
    const found = overlapsOf([bridge], [...strays, astray('10.9.0.3', 'eth0')]);
    expect(found).toMatchObject([
      { kind: 'address', handled: 'host-routes' },
      {
        kind: 'lookup',
        prefix: '10.9.0.0/16',
        interfaceName: 'br0',
        table: '51820',
        handled: 'leaking',
        peers: [node('a'), node('b')],
      },
      { kind: 'lookup', interfaceName: 'eth0', table: 'main', peers: [node('c')] },
    ]);
  });

  it('keeps its beginning when its handling changes, and gets a new one when it comes back', () => {
    const first = overlapsOf([bridge], [], { nowMs: 7 });
    const later = overlapsOf([bridge, narrow], [astray('10.9.0.1', 'br0')], { known: first, nowMs: 9 });
    expect(later.map(({ sinceMs }) => sinceMs)).toEqual([7, 9]);
    expect(overlapsOf([bridge], [], { known: [], nowMs: 11 })).toMatchObject([{ sinceMs: 11 }]);
  });

  it('is reported when it appears, changes and goes, and not again', () => {
    const [none, one, leaking, both] = [
      [],
      overlapsOf([bridge]),
      overlapsOf([bridge], [astray('10.9.0.1', 'br0')]),
      overlapsOf([bridge], [astray('10.9.0.1', 'br0'), astray('10.9.0.2', 'br0')]),
    ];
    expect(changedOverlaps(none, one)).toEqual({ found: one, gone: [] });
    expect(changedOverlaps(one, one)).toEqual({ found: [], gone: [] });
    expect(changedOverlaps(one, leaking)).toEqual({ found: leaking, gone: [] });
    expect(changedOverlaps(leaking, both)).toEqual({ found: both, gone: [] });
    expect(changedOverlaps(both, none)).toEqual({ found: [], gone: both });
  });
});

describe('what may be on the interface', () => {
  const input: DesiredInput = { config, leaseHolds: true, controllerNowMs: 0 };
  const wanted = desiredPeers(input);
  const namesOf = (desired: ReturnType<typeof desiredPeers>) =>
    desired.kind === 'peers' ? [...desired.peers.values()].map(({ nodeId }) => nodeId) : desired;
  const leaking = overlapsOf([bridge], [astray('10.9.0.2', 'br0')]);

  it('is every peer except those whose traffic leaks', () => {
    expect(withoutLeaking(wanted, [], 'host-routes')).toEqual(wanted);
    expect(withoutLeaking(wanted, overlapsOf([bridge]), 'host-routes')).toEqual(wanted);
    expect(namesOf(withoutLeaking(wanted, leaking, 'host-routes'))).toEqual(['a', 'c'].map(node));
  });

  it('is no peer if overlaps are refused, not even those that an earlier run left', () => {
    const closed = { kind: 'closed', why: 'routes_overlap' };
    expect(withoutLeaking(wanted, overlapsOf([bridge]), 'refuse')).toEqual(closed);
    expect(withoutLeaking({ kind: 'unknown' }, leaking, 'refuse')).toEqual(closed);
    expect(withoutLeaking(wanted, [], 'refuse')).toEqual(wanted);
  });

  it('stays as it is if nothing is known yet or it is closed for another reason', () => {
    expect(withoutLeaking({ kind: 'unknown' }, leaking, 'host-routes')).toEqual({ kind: 'unknown' });
    const ended = { kind: 'closed', why: 'lease_ended' } as const;
    for (const onOverlap of ['host-routes', 'refuse'] as const)
      expect(withoutLeaking(ended, leaking, onOverlap)).toEqual(ended);
  });
});
