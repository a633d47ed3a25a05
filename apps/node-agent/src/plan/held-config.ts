// What the agent holds of its controller's configs: the last full one with every delta merged in, each value parsed
// once. Preshared keys stand here as strings, since that is what WireGuard's own texts take.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Rotation } from '@mesh/protocol';
import type { Cidr, Endpoint, RotationRole, WgPresharedKey, WgPublicKey } from '@mesh/wg';
import type { PairLimit } from './pair-limit.ts';

export interface HeldPeer {
  readonly nodeId: NodeId;
  readonly publicKey: WgPublicKey;
  /** Absent where the peer must speak first. */
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Cidr[];
  readonly class: string;
  /** How much may pass, each direction for itself. */
  readonly limit?: PairLimit;
  /** Our own part in this pair: who changes the key first. */
  readonly role: RotationRole;
  /** What is above, in slot b; absent where the peer, or this node, has no key there. */
  readonly slotB?: HeldSlot;
}

export type HeldSlot = Pick<HeldPeer, 'publicKey' | 'endpoint' | 'role'>;

/** A pair key with its digest, made once: reconciliation compares digests. */
export interface HeldPsk {
  readonly presharedKey: WgPresharedKey;
  readonly digest: string;
}

/** One epoch's pair keys. */
export interface KeySet {
  readonly epochId: EpochId;
  /** On the controller's clock; absent: in force already. */
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
  readonly rotation: Rotation;
  /** How long before its boundary an epoch is published. */
  readonly leadMs?: number;
  /** Undefined while no config has said anything usable: what enrolment gave counts. */
  readonly interface: { readonly addresses: readonly string[]; readonly mtu: number } | undefined;
  readonly peers: ReadonlyMap<NodeId, HeldPeer>;
  /** Oldest first: the one in force (and the one before it, while none is to come), then at most two to come. */
  readonly keySets: readonly KeySet[];
}

/** When an epoch comes into force, on the controller's clock; -Infinity: it is. */
export function beginsAtMs(set: KeySet): number {
  return set.activateAtMs ?? Number.NEGATIVE_INFINITY;
}
