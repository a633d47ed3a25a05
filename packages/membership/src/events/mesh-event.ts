// Everything that can happen in a mesh. Every change of state is one of these events, which is folded into it
// (apply-event.ts) and journalled together with its log entry. There is no other way to change anything.

import type { EpochId, IdentityKey, NodeId, Sha256Hex } from '@mesh/primitives';
import type { AdvertisedEndpoint, SequenceKind, TokenId } from '@mesh/protocol';
import type { Benchmark, Reason, Watch } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { Actor } from './actor.ts';
import type { AdminKeyEvent } from './admin-key-event.ts';
import type { BrakeEvent } from './brake-event.ts';
import type { CaEvent } from './ca-event.ts';
import type { ConfigKeyEvent } from './config-key-event.ts';
import type { ControllerEvent } from './controller-event.ts';
import type { DriftEvent } from './drift-event.ts';
import type { ErasureEvent } from './erasure-event.ts';
import type { ExamEvent } from './exam-event.ts';
import type { LimitsEvent } from './limits-event.ts';
import type { LogKeyEvent } from './log-key-event.ts';
import type { MasterKeyEvent } from './master-key-event.ts';
import type { NodeKeyEvent, WgPublicKeys } from './node-key-event.ts';
import type { OfficerEvent } from './officer-event.ts';
import type { PolicyEvent } from './policy-event.ts';
import type { RecordedLate } from './recorded-late.ts';
import type { RefusalCount } from './refusal-count.ts';
import type { ToldEvent } from './told-event.ts';

/** An accepted benchmark, as state and decisions need it. */
export interface AcceptedBenchmark extends Benchmark {
  readonly sequence: number;
  readonly instanceId: string;
  readonly suiteVersion: string;
  /**
   * When the node says that it sent the message. The difference from `arrivedAtMs` is the skew of its clock.
   */
  readonly sentAtMs: number;
  /** What the sequential alarm remembers, this result included; absent: the policy had none. */
  readonly watch?: Watch;
}

/** The kinds of message whose last sequence is lowered, each with the sequence that it had. */
export type LoweredSequences = Readonly<Partial<Record<SequenceKind, number>>>;

/** SHA-256 of the signed message that says so, as it was received; undefined: it is not at hand. */
type MessageHash = Sha256Hex | undefined;

export type MeshEvent =
  | AdminKeyEvent
  | ControllerEvent
  | {
      readonly type: 'token_created';
      readonly tokenId: TokenId;
      /** SHA-256 of the token's secret. */
      readonly secretHash: Sha256Hex;
      readonly uses: number;
      readonly class: string;
      readonly nodeId: NodeId | undefined;
      readonly expiresAtMs: number;
      /** Whether the nodes that enrol with it wait for an operator; absent: no. */
      readonly needsApproval?: boolean;
      readonly actor: Actor;
    }
  | {
      readonly type: 'token_withdrawn';
      readonly tokenId: TokenId;
      readonly why: string;
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
      /** Whether it is `pending` until an operator approves it; absent: no. */
      readonly needsApproval?: boolean;
    }
  /** The same keys with a fresh token: a node that was away for longer than its certificate. */
  | { readonly type: 'node_reenrolled'; readonly nodeId: NodeId; readonly tokenId: TokenId }
  | NodeKeyEvent
  | {
      readonly type: 'benchmark_accepted';
      readonly nodeId: NodeId;
      readonly benchmark: AcceptedBenchmark;
      /** The key that the node's keys are sealed to from now on, `SUITE:BASE64`. */
      readonly kemPublicKey: string | undefined;
      readonly messageSha256: Sha256Hex;
      /** The body as it was received; kept with the decisions that rest on it. Absent: it is not at hand. */
      readonly signedBody?: Uint8Array | undefined;
      /** Whose attestation proves that a third party measured it; absent: nobody's. */
      readonly attestor?: string;
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
  /** An agent was refused beside another one with its identity; with both ids the same, two run as one. */
  | {
      readonly type: 'instance_conflict';
      readonly nodeId: NodeId;
      readonly running: string;
      readonly refused: string | undefined;
    }
  | {
      readonly type: 'endpoint_reported';
      readonly nodeId: NodeId;
      readonly messageSha256?: MessageHash;
      readonly sequence: number;
      readonly endpoint: AdvertisedEndpoint;
      readonly observedAddress: string | undefined;
    }
  | {
      readonly type: 'node_left';
      readonly nodeId: NodeId;
      readonly messageSha256?: MessageHash;
      readonly sequence: number;
      readonly instanceId: string;
    }
  /** By its own reports the node's tunnel has failed for as long as the policy allows. */
  | {
      readonly type: 'node_unreachable';
      readonly nodeId: NodeId;
      readonly messageSha256?: MessageHash;
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
      /** What the brake counts the denial towards; absent or empty: it does not count it. */
      readonly causes?: readonly string[];
      readonly recordedLate?: RecordedLate;
    }
  | BrakeEvent
  | CaEvent
  | LimitsEvent
  | MasterKeyEvent
  | ConfigKeyEvent
  | LogKeyEvent
  /**
   * An admitted node has come into the warning band of its policy, or has been out of it for long enough
   * (`node_recovered`). A denial does not end a decline.
   */
  | {
      readonly type: 'node_declining';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
      readonly recordedLate?: RecordedLate;
    }
  | {
      readonly type: 'node_recovered';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
    }
  | DriftEvent
  | {
      readonly type: 'node_quarantined';
      readonly nodeId: NodeId;
      readonly why: string;
      readonly actor: Actor;
      /** When the controller releases the node by itself; absent: never. */
      readonly untilMs?: number | undefined;
    }
  | {
      readonly type: 'node_released' | 'node_revoked' | 'node_approved' | 'node_rejected';
      readonly nodeId: NodeId;
      readonly why: string;
      readonly actor: Actor;
    }
  | {
      readonly type: 'node_class_changed';
      readonly nodeId: NodeId;
      readonly from: string;
      readonly to: string;
      readonly why: string;
      readonly actor: Actor;
    }
  /** The record is gone. Its keys stay spent, and its addresses are held for a while. */
  | {
      readonly type: 'node_deleted';
      readonly nodeId: NodeId;
      /** That it had. */
      readonly class: string;
      /** Until when no other node may get its addresses, wall clock. */
      readonly addressesHeldUntilMs: number;
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
  | ErasureEvent
  | ExamEvent
  | OfficerEvent
  | PolicyEvent
  | ToldEvent
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
