// Which slot a pair sends on, and what slot b holds, while rotation is in place.

import type { UseOfSlotB } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import { pairsSendingOnB, peersUsingSlotB, slotBPeers } from '../../src/plan/moved-pairs.ts';
import {
  heldConfig,
  keySet,
  namesBySlotRole,
  node,
  publicKeyBOf,
  slottedPeer,
} from '../support/plan-fixtures.ts';

const [WE_LEAD] = namesBySlotRole('b', 'initiator', 1) as [string];
const [THEY_LEAD] = namesBySlotRole('b', 'responder', 1) as [string];
const NAMES = [WE_LEAD, THEY_LEAD];

const config = (use: UseOfSlotB | undefined, changes: Partial<HeldConfig> = {}): HeldConfig =>
  heldConfig(NAMES, [keySet(4, NAMES)], {
    peers: new Map(
      NAMES.map((name) => [node(name), { ...slottedPeer(name), ...(use && { useOfSlotB: use }) }]),
    ),
    ...changes,
  });

describe('a pair sends', () => {
  it.each<[UseOfSlotB | undefined, boolean, boolean, 'a' | 'b']>([
    // To be moved: as soon as slot b has a session, and not before.
    ['send', true, false, 'a'],
    ['send', true, true, 'b'],
    ['send', false, true, 'b'],
    ['send', false, false, 'a'],
    // To go back: as soon as slot a has a session, and not before.
    ['receive', true, true, 'a'],
    ['receive', false, true, 'b'],
    ['receive', true, false, 'a'],
    ['receive', false, false, 'a'],
    // The controller says nothing, as after its restart.
    [undefined, true, true, 'a'],
    [undefined, false, true, 'b'],
    [undefined, false, false, 'a'],
  ])('to be used for %s, with a session in a: %s, in b: %s → slot %s', (use, a, b, slot) => {
    const sending = pairsSendingOnB(config(use), () => ({ a, b }));
    expect([...sending]).toEqual(slot === 'b' ? NAMES.map(node) : []);
  });
});

describe('slot b', () => {
  const input = { leaseHolds: true, controllerNowMs: 0 };
  const wanted = new Set([node(WE_LEAD), node(THEY_LEAD)]);

  it('has the peers that are wanted, with the keys of slot a, and only one end begins the handshake', () => {
    const desired = slotBPeers({ ...input, config: config('send') }, wanted);
    const inA = config('send').keySets[0]?.psks;
    expect(desired.kind === 'peers' ? [...desired.peers.values()] : []).toMatchObject([
      { publicKey: publicKeyBOf(WE_LEAD), keepaliveSeconds: 5, key: inA?.get(node(WE_LEAD)) },
      { publicKey: publicKeyBOf(THEY_LEAD), keepaliveSeconds: 0, key: inA?.get(node(THEY_LEAD)) },
    ]);
    const some = slotBPeers({ ...input, config: config('send') }, new Set([node(WE_LEAD)]));
    expect(some.kind === 'peers' ? some.peers.size : 0).toBe(1);
  });

  it('is empty when the lease ends or this node is denied, and lacks a peer that was removed', () => {
    expect(slotBPeers({ ...input, leaseHolds: false, config: config('send') }, wanted).kind).toBe('closed');
    const denied = config('send', { allowed: false });
    expect(slotBPeers({ ...input, config: denied }, wanted).kind).toBe('closed');
    const peers = new Map([[node(WE_LEAD), slottedPeer(WE_LEAD)]]);
    const left = slotBPeers({ ...input, config: config('send', { peers }) }, wanted);
    expect(left.kind === 'peers' ? [...left.peers.keys()] : []).toEqual([publicKeyBOf(WE_LEAD)]);
  });

  it('is used by nobody unless the controller says so, and never for a move with strict rotation', () => {
    expect(peersUsingSlotB(undefined)).toEqual([]);
    expect(peersUsingSlotB(config(undefined))).toEqual([]);
    expect(peersUsingSlotB(config('send', { rotation: 'strict' }))).toEqual([]);
    expect(peersUsingSlotB(config('send', { allowed: false }))).toEqual([]);
    expect(peersUsingSlotB(config('receive')).map(({ nodeId }) => nodeId)).toEqual(NAMES.map(node));
  });
});
