// Plans strict rotation: config + lease + controller time → the peers of each of the two slots, the slot that
// the routes point to, and when that changes next. Pure. Times are on the controller's clock.
//
// For an epoch that begins at T in slot s (see `slotOfEpoch`), with a lead L:
//   T − ¾ L            responders fill s and listen
//   … + delay          initiators fill s, with a keepalive that makes the handshake at once
//   T − ⅛ L            every pair should have its session; this is checked
//   T                  the routes move to s
//   T + flush          the other slot is emptied, which ends the sessions of the previous epoch
// Removals need no plan here, because a peer that is not in the config is in no slot.

import { defined, type EpochId } from '@mesh/primitives';
import { type InterfaceSlot, slotOfEpoch, type WgPublicKey } from '@mesh/wg';
import type { Desired, DesiredPeer } from './desired-peers.ts';
import { beginsAtMs, type HeldConfig, type HeldPeer, type KeySet, permittedPeers } from './held-config.ts';
import { KEEPALIVE_SECONDS } from './reconcile.ts';
import { slotConfig } from './slot-config.ts';

export const SLOTS = ['a', 'b'] as const satisfies readonly InterfaceSlot[];

/** Short enough to repeat a lost first handshake while there is still time before the boundary. */
export const INITIATOR_KEEPALIVE_SECONDS = 5;
/** For controllers that do not state their lead: the lead with epochs of 60 s. */
const DEFAULT_LEAD_MS = 20_000;

export interface StrictTiming {
  /** How long before T responders fill the standby slot. */
  readonly fillMs: number;
  /** How long after the responders the initiators fill it. */
  readonly initiatorDelayMs: number;
  /** How long before T every pair should have made its handshake. */
  readonly verifyMs: number;
  /** How long after T the slot of the previous epoch is emptied. */
  readonly flushMs: number;
}

export function strictTiming(leadMs: number = DEFAULT_LEAD_MS): StrictTiming {
  return {
    fillMs: (leadMs * 3) / 4,
    initiatorDelayMs: Math.min(1_000, Math.max(200, leadMs / 20)),
    verifyMs: leadMs / 8,
    flushMs: Math.min(1_500, Math.max(1_000, leadMs / 10)),
  };
}

export interface StrictInput {
  readonly config: HeldConfig | undefined;
  readonly leaseHolds: boolean;
  readonly controllerNowMs: number;
  /** The slot that the routes point to now, if any. It is used only while no epoch in force is known. */
  readonly carrying: InterfaceSlot | undefined;
}

export interface StrictPlan {
  readonly slots: Readonly<Record<InterfaceSlot, Desired>>;
  /** The slot that the routes must point to; undefined if they must not be changed. */
  readonly carries: InterfaceSlot | undefined;
  /** The epoch of the slot that carries; undefined if it is not known. */
  readonly epochId: EpochId | undefined;
  /** The standby slot whose handshakes should all have been made by now; undefined if there is none. */
  readonly verify: { readonly slot: InterfaceSlot; readonly epochId: EpochId } | undefined;
  /** The next instant at which any of this changes; undefined if nothing is planned. */
  readonly nextAtMs: number | undefined;
}

export function planStrictSlots({ config, leaseHolds, controllerNowMs, carrying }: StrictInput): StrictPlan {
  if (!leaseHolds) return everywhere({ kind: 'closed', why: 'lease_ended' });
  if (config === undefined) return everywhere({ kind: 'unknown' });
  if (!config.allowed && permittedPeers(config).length === 0)
    return everywhere({ kind: 'closed', why: 'denied' });

  const timing = strictTiming(config.leadMs);
  const inForce = config.keySets.findLast((set) => beginsAtMs(set) <= controllerNowMs);
  const pending = config.keySets.find((set) => beginsAtMs(set) > controllerNowMs);
  const carries = inForce === undefined ? carrying : slotOfEpoch(inForce.epochId);
  const contents = (slot: InterfaceSlot): Desired => {
    const peers = permittedPeers(slotConfig(config, slot));
    // The agent has just started and has no keys yet. An earlier run may already have filled the slot that is
    // needed next.
    if (config.keySets.length === 0) return peersOf(peers.map(asFound));
    if (slot === carries) {
      if (inForce === undefined) return peersOf(peers.map(asFound));
      const isSettled = beginsAtMs(inForce) + timing.flushMs <= controllerNowMs;
      return peersOf(peers.flatMap((peer) => withKey(peer, inForce, isSettled)));
    }
    // If a pending epoch belongs to the slot that carries (an epoch id was skipped), it has to wait for its
    // boundary.
    if (pending !== undefined && slot === slotOfEpoch(pending.epochId)) {
      const sinceFillMs = controllerNowMs - (beginsAtMs(pending) - timing.fillMs);
      const isDue = ({ role }: HeldPeer) =>
        sinceFillMs >= (role === 'responder' ? 0 : timing.initiatorDelayMs);
      // The first fill also removes the peers of an earlier epoch, even peers that are filled later.
      if (sinceFillMs >= 0)
        return peersOf(peers.filter(isDue).flatMap((peer) => withKey(peer, pending, false)));
    }
    return peersOf(
      inForce !== undefined && controllerNowMs < beginsAtMs(inForce) + timing.flushMs
        ? outgoingPeers(peers, config.keySets, inForce, slot)
        : [],
    );
  };
  const looks = pending !== undefined && slotOfEpoch(pending.epochId) !== carries;
  return {
    slots: { a: contents('a'), b: contents('b') },
    carries,
    epochId: inForce?.epochId,
    verify:
      looks && controllerNowMs >= beginsAtMs(pending) - timing.verifyMs
        ? { slot: slotOfEpoch(pending.epochId), epochId: pending.epochId }
        : undefined,
    nextAtMs: nextInstantMs(config, controllerNowMs),
  };
}

/** The next instant at which a slot's content, or the slot that carries, changes. */
export function nextInstantMs(config: HeldConfig, controllerNowMs: number): number | undefined {
  const { fillMs, initiatorDelayMs, verifyMs, flushMs } = strictTiming(config.leadMs);
  const instants = config.keySets.flatMap((set) =>
    [-fillMs, -fillMs + initiatorDelayMs, -verifyMs, 0, flushMs].map((offset) => beginsAtMs(set) + offset),
  );
  const ahead = instants.filter((atMs) => atMs > controllerNowMs);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

function everywhere(desired: Desired): StrictPlan {
  return {
    slots: { a: desired, b: desired },
    carries: undefined,
    epochId: undefined,
    verify: undefined,
    nextAtMs: undefined,
  };
}

function peersOf(peers: readonly DesiredPeer[]): Desired {
  return {
    kind: 'peers',
    peers: new Map(peers.map((peer): [WgPublicKey, DesiredPeer] => [peer.publicKey, peer])),
  };
}

/** The peers that the previous epoch's slot still holds shortly after the boundary. */
function outgoingPeers(
  peers: readonly HeldPeer[],
  keySets: readonly KeySet[],
  inForce: KeySet,
  slot: InterfaceSlot,
): DesiredPeer[] {
  const before = keySets.findLast((set) => set.epochId < inForce.epochId);
  if (before === undefined) return peers.map(asFound);
  return slotOfEpoch(before.epochId) === slot ? peers.flatMap((peer) => withKey(peer, before, false)) : [];
}

/**
 * The peer with its key of an epoch. It is left out if it has no key, because it has no session in that
 * epoch.
 */
function withKey(peer: HeldPeer, set: KeySet, isSettled: boolean): DesiredPeer[] {
  const psk = set.psks.get(peer.nodeId);
  if (psk === undefined) return [];
  // If a responder spoke first, its handshake would cross the initiator's. So it stays silent until the slot
  // is in use.
  const quietSeconds = isSettled ? KEEPALIVE_SECONDS : 0;
  return [
    {
      ...asFound(peer),
      key: { epochId: set.epochId, ...psk },
      keepaliveSeconds: peer.role === 'initiator' ? INITIATOR_KEEPALIVE_SECONDS : quietSeconds,
    },
  ];
}

/** The peer without a key: if it is on the interface, it keeps the key that it has there. */
function asFound({ nodeId, publicKey, endpoint, allowedIps }: HeldPeer): DesiredPeer {
  return {
    nodeId,
    publicKey,
    ...defined({ endpoint }),
    allowedIps,
    onNewKey: 'replace',
  };
}
