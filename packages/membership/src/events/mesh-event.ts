// Everything that can happen in a mesh. Every change of state is one of these events. The pure fold in
// apply-event.ts applies it, and it is journalled together with its log entry. There is no other way to
// change anything.

import type { EpochId, IdentityKey, NodeId, Sha256Hex } from '@mesh/primitives';
import type { AdvertisedEndpoint, MaintenanceMessage, SequenceKind, TokenId } from '@mesh/protocol';
import type { Benchmark, Reason } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { Actor } from './actor.ts';
import type { AdminKeyEvent } from './admin-key-event.ts';

/** An accepted benchmark, as state and decisions need it. */
export interface AcceptedBenchmark extends Benchmark {
  readonly sequence: number;
  readonly instanceId: string;
  readonly suiteVersion: string;
  /**
   * When the node says that it sent the message. The difference from `arrivedAtMs` is the skew of its clock.
   */
  readonly sentAtMs: number;
}

/** A person who may sign critical requests, according to the controller's configuration. */
export interface Officer {
  readonly name: string;
  /** Ed25519, strict base64. */
  readonly publicKey: string;
}

/** WireGuard public keys by slot, strict base64. */
export interface WgPublicKeys {
  readonly a: string;
  readonly b?: string | undefined;
}

/** The kinds of message whose last sequence is lowered, each with the sequence that it had. */
export type LoweredSequences = Readonly<Partial<Record<SequenceKind, number>>>;

/** How many messages of a kind were refused with a code. */
export interface RefusalCount {
  readonly kind: string;
  readonly code: string;
  readonly count: number;
}

export type MeshEvent =
  | AdminKeyEvent
  | { readonly type: 'controller_started'; readonly version: string }
  | { readonly type: 'storage_recovered'; readonly failedSinceMs: number }
  | {
      readonly type: 'token_created';
      readonly tokenId: TokenId;
      /** SHA-256 of the token's secret. */
      readonly secretHash: Sha256Hex;
      readonly uses: number;
      readonly class: string;
      readonly nodeId: NodeId | undefined;
      readonly expiresAtMs: number;
      readonly actor: Actor;
    }
  | {
      readonly type: 'node_enrolled';
      readonly nodeId: NodeId;
      readonly tokenId: TokenId;
      readonly class: string;
      /** Ed25519, strict base64. */
      readonly identityKey: IdentityKey;
      readonly wgPublicKeys: WgPublicKeys;
      readonly addresses: readonly IpAddress[];
      readonly endpoint: AdvertisedEndpoint;
      readonly observedAddress: string | undefined;
    }
  /** The same keys with a fresh token: a node that was away for longer than its certificate. */
  | { readonly type: 'node_reenrolled'; readonly nodeId: NodeId; readonly tokenId: TokenId }
  | {
      readonly type: 'certificate_issued';
      readonly nodeId: NodeId;
      readonly serial: string;
      readonly notAfterMs: number;
    }
  | {
      readonly type: 'benchmark_accepted';
      readonly nodeId: NodeId;
      readonly benchmark: AcceptedBenchmark;
      /** The key that the node's keys are sealed to from now on, `SUITE:BASE64`. */
      readonly kemPublicKey: string | undefined;
      readonly messageSha256: Sha256Hex;
    }
  | {
      readonly type: 'message_rejected';
      readonly nodeId: NodeId;
      readonly kind: string;
      readonly code: string;
      readonly detail: string;
    }
  /** Refusals of a minute, counted by kind of message and by code. */
  | {
      readonly type: 'messages_rejected';
      readonly nodeId: NodeId;
      /** When the counting began. */
      readonly sinceMs: number;
      readonly refusals: readonly RefusalCount[];
    }
  /** An agent was refused because another one was running with its identity. */
  | {
      readonly type: 'instance_conflict';
      readonly nodeId: NodeId;
      readonly running: string;
      readonly refused: string | undefined;
    }
  | {
      readonly type: 'endpoint_reported';
      readonly nodeId: NodeId;
      readonly sequence: number;
      readonly endpoint: AdvertisedEndpoint;
      readonly observedAddress: string | undefined;
    }
  | {
      readonly type: 'node_left';
      readonly nodeId: NodeId;
      readonly sequence: number;
      readonly instanceId: string;
    }
  /** By its own reports the node's tunnel has failed for as long as the policy allows. */
  | {
      readonly type: 'node_unreachable';
      readonly nodeId: NodeId;
      readonly sinceMs: number;
      readonly code: string;
      readonly detail: string;
    }
  /** The node reports that its tunnel works again. */
  | { readonly type: 'node_reachable'; readonly nodeId: NodeId }
  | {
      readonly type: 'node_admitted';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
    }
  | {
      readonly type: 'node_denied';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
    }
  /**
   * An admitted node has come into the warning band of its policy, or has been out of it for long enough
   * (`node_recovered`). A denial does not end a decline.
   */
  | {
      readonly type: 'node_declining';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
    }
  | {
      readonly type: 'node_recovered';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
    }
  | {
      readonly type: 'node_quarantined' | 'node_released' | 'node_revoked';
      readonly nodeId: NodeId;
      readonly why: string;
      readonly actor: Actor;
    }
  /**
   * Sequences that were ahead of the clock are lowered to it, so that the node's next messages are above
   * them.
   */
  | {
      readonly type: 'sequences_reset';
      readonly nodeId: NodeId;
      readonly lowered: LoweredSequences;
      readonly to: number;
      readonly why: string;
      readonly actor: Actor;
    }
  /** Leases last longer until `untilMs`, for planned work that an officer has authorised. */
  | {
      readonly type: 'maintenance_started';
      readonly officer: Officer;
      readonly request: MaintenanceMessage;
      readonly untilMs: number;
      /** Who brought the officer's request. */
      readonly actor: Actor;
    }
  | { readonly type: 'maintenance_ended'; readonly requestId: string; readonly actor: Actor }
  | {
      readonly type: 'epoch_opened';
      readonly epochId: EpochId;
      readonly activateAtMs: number;
      /** "sha256:…" of the epoch secret. */
      readonly commitment: string;
      readonly cause: 'start' | 'boundary' | 'manual';
      readonly admittedCount: number;
      /** Who asked for it; absent unless the cause is `manual`. */
      readonly actor?: Actor;
    };
