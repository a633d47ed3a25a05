// The config that the agent holds: the last full config with all later deltas merged in, each value parsed
// once. Preshared keys are strings here, because WireGuard's tools take text.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Rotation, UseOfSlotB } from '@mesh/protocol';
import type { Cidr, Endpoint, RotationRole, WgPresharedKey, WgPublicKey } from '@mesh/wg';
import type { OnlyService, PairLimit } from '@mesh/wg-device';

export interface HeldPeer {
  readonly nodeId: NodeId;
  readonly publicKey: WgPublicKey;
  /** Absent if the peer has to speak first. */
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Cidr[];
  readonly class: string;
  /** The limit of the pair in each direction. */
  readonly limit?: PairLimit;
  /** All that the pair may use: the pair has a probation tunnel. Absent: everything. */
  readonly onlyService?: OnlyService;
  /**
   * The peer was out, or had a probation tunnel: what it has on the interface is not for what it is now. It
   * is on the interface only with a key of this config.
   */
  readonly comesAnew?: true;
  /** This node's role in the pair, which decides who changes the key first. */
  readonly role: RotationRole;
  /** How the pair uses slot b with rotation in place; absent if it does not. */
  readonly useOfSlotB?: UseOfSlotB;
  /** The peer in slot b; absent if the peer has no usable key there. */
  readonly slotB?: HeldSlot;
}

export type HeldSlot = Pick<HeldPeer, 'publicKey' | 'endpoint' | 'role'>;

/** A pair key with its digest. The digest is computed once, because reconciliation compares digests. */
export interface HeldPsk {
  readonly presharedKey: WgPresharedKey;
  readonly digest: string;
}

/** The pair keys of one epoch. */
export interface KeySet {
  readonly epochId: EpochId;
  /** On the controller's clock; absent if the keys are already in force. */
  readonly activateAtMs?: number;
  readonly psks: ReadonlyMap<NodeId, HeldPsk>;
}

export interface HeldConfig {
  readonly version: string;
  readonly epochId: EpochId;
  readonly allowed: boolean;
  readonly reason: string;
  readonly reasonCode: string;
  readonly leaseSeconds: number;
  readonly challenge?: string;
  /** This node's open assignments as an examiner; absent if the controller has none to tell. */
  readonly exams?: readonly string[];
  /** The node's own class; absent if the controller did not tell it. */
  readonly class?: string;
  readonly rotation: Rotation;
  /** How long before its boundary an epoch is published. */
  readonly leadMs?: number;
  /** Undefined until a config has named usable values. Until then, the values from enrolment apply. */
  readonly interface: { readonly addresses: readonly string[]; readonly mtu: number } | undefined;
  /** If the node is not allowed: the peers of its probation tunnels. */
  readonly peers: ReadonlyMap<NodeId, HeldPeer>;
  /**
   * Oldest first: the set in force (and the previous one while no set is pending), then at most two pending
   * sets.
   */
  readonly keySets: readonly KeySet[];
}

/** The peers that a node may have: with a config that denies it, those of its probation tunnels alone. */
export function permittedPeers({ allowed, peers }: Pick<HeldConfig, 'allowed' | 'peers'>): HeldPeer[] {
  return [...peers.values()].filter(({ onlyService }) => allowed || onlyService !== undefined);
}

/** When a set comes into force, on the controller's clock; -Infinity if it is in force. */
export function beginsAtMs(set: KeySet): number {
  return set.activateAtMs ?? Number.NEGATIVE_INFINITY;
}
