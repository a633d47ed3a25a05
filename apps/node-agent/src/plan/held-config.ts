// What the agent holds of its controller's configs: the last full config with every later delta merged in,
// each value parsed once. Preshared keys are strings here, because WireGuard's own texts take strings.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Rotation } from '@mesh/protocol';
import type { Cidr, Endpoint, RotationRole, WgPresharedKey, WgPublicKey } from '@mesh/wg';
import type { PairLimit } from '@mesh/wg-device';

export interface HeldPeer {
  readonly nodeId: NodeId;
  readonly publicKey: WgPublicKey;
  /** Absent where the peer has to speak first. */
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Cidr[];
  readonly class: string;
  /** How much may pass in each direction. */
  readonly limit?: PairLimit;
  /** This node's role in the pair: it says who changes the key first. */
  readonly role: RotationRole;
  /** The same for slot b; absent where the peer has no usable key there. */
  readonly slotB?: HeldSlot;
}

export type HeldSlot = Pick<HeldPeer, 'publicKey' | 'endpoint' | 'role'>;

/** A pair key with its digest, which is computed once: reconciliation compares digests. */
export interface HeldPsk {
  readonly presharedKey: WgPresharedKey;
  readonly digest: string;
}

/** The pair keys of one epoch. */
export interface KeySet {
  readonly epochId: EpochId;
  /** On the controller's clock; absent where the keys are in force already. */
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
  /** Undefined until a config has named something usable: until then, what enrolment gave counts. */
  readonly interface: { readonly addresses: readonly string[]; readonly mtu: number } | undefined;
  readonly peers: ReadonlyMap<NodeId, HeldPeer>;
  /**
   * Oldest first: the set in force (and the one before it while none is to come), then at most two sets to
   * come.
   */
  readonly keySets: readonly KeySet[];
}

/** When a set comes into force, on the controller's clock; -Infinity: it is in force. */
export function beginsAtMs(set: KeySet): number {
  return set.activateAtMs ?? Number.NEGATIVE_INFINITY;
}
