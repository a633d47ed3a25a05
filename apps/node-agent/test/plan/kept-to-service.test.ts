// Whom a node lets on its interface by a probation tunnel: only one whom the kernel keeps to the service.

import { parseOnlyService, type Restrictions } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { desiredPeers } from '../../src/plan/desired-peers.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import { withoutUnguarded } from '../../src/plan/kept-to-service.ts';
import { overlayTargets } from '../../src/plan/overlay-targets.ts';
import { planStrictSlots } from '../../src/plan/strict-slots.ts';
import { heldConfig, heldPeer, keySet, node, slottedPeer, strictConfig } from '../support/plan-fixtures.ts';

const NOW = 2_000_000;
const SERVICE = parseOnlyService({ port: 8_080, of: 'peer' });
const NOTHING: Restrictions = { holdFor: () => false };
const EVERYTHING: Restrictions = { holdFor: ({ service }) => service === SERVICE };

const kept = (name: string) => ({ ...heldPeer(name), onlyService: SERVICE });
const withKept = (allowed: boolean): HeldConfig =>
  heldConfig(['a', 'b'], [keySet(4, ['a', 'b'])], {
    allowed,
    peers: new Map([
      [node('a'), heldPeer('a')],
      [node('b'), kept('b')],
    ]),
  });

function named(config: HeldConfig, restrictions: Restrictions): string[] | string {
  const desired = desiredPeers({ config, leaseHolds: true, controllerNowMs: NOW });
  const left = withoutUnguarded(desired, config, restrictions);
  return left.kind === 'peers' ? [...left.peers.values()].map(({ nodeId }) => nodeId as string) : left.kind;
}

describe('the peers of a config with a probation tunnel', () => {
  it('are without it as long as the guard does not keep it to its service', () => {
    expect(named(withKept(true), NOTHING)).toEqual(['a']);
    expect(named(withKept(true), EVERYTHING)).toEqual(['a', 'b']);
  });

  it('are those of its tunnels alone if the node is denied', () => {
    expect(named(withKept(false), EVERYTHING)).toEqual(['b']);
    expect(named(withKept(false), NOTHING)).toEqual([]);
    const without = heldConfig(['a'], [keySet(4, ['a'])], { allowed: false });
    expect(named(without, EVERYTHING)).toBe('closed');
  });

  it('are nobody once the lease has ended', () => {
    const desired = desiredPeers({ config: withKept(false), leaseHolds: false, controllerNowMs: NOW });
    expect(desired).toEqual({ kind: 'closed', why: 'lease_ended' });
  });

  it('that are the same without a tunnel are the same object', () => {
    const config = heldConfig(['a'], [keySet(4, ['a'])]);
    const desired = desiredPeers({ config, leaseHolds: true, controllerNowMs: NOW });
    expect(withoutUnguarded(desired, config, NOTHING)).toBe(desired);
  });

  it('are planned for the slots of strict rotation in the same way', () => {
    const config = strictConfig(['a', 'b'], [keySet(4, ['a', 'b'])], {
      allowed: false,
      peers: new Map([
        [node('a'), slottedPeer('a')],
        [node('b'), { ...slottedPeer('b'), onlyService: SERVICE }],
      ]),
    });
    const plan = (changes: Partial<HeldConfig> = {}) =>
      planStrictSlots({
        config: { ...config, ...changes },
        leaseHolds: true,
        controllerNowMs: NOW,
        carrying: undefined,
      }).slots.a;
    const desired = plan();
    expect(desired.kind === 'peers' && [...desired.peers.values()].map(({ nodeId }) => nodeId)).toEqual([
      'b',
    ]);
    expect(plan({ peers: new Map([[node('a'), slottedPeer('a')]]) })).toEqual({
      kind: 'closed',
      why: 'denied',
    });
  });

  it('are no targets of probes where a tunnel is all that there is', () => {
    expect(overlayTargets(withKept(true)).peers.map(({ nodeId }) => nodeId)).toEqual(['a']);
  });
});
