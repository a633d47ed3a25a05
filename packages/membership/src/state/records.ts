// What the mesh knows of nodes, tokens, epochs, maintenance windows, officers and their requests. Records
// never change: one that is out of date is replaced as a whole.

import type { EpochId, IdentityKey, NodeId, Sha256Hex } from '@mesh/primitives';
import type { AdvertisedEndpoint, OfficerRequest, OfficerSignature, TokenId } from '@mesh/protocol';
import type { Evidence, MembershipState, NodeStatus, Streak } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { AcceptedBenchmark } from '../events/mesh-event.ts';
import type { WgPublicKeys } from '../events/node-key-event.ts';
import type { Officer } from '../events/officer-event.ts';
import type { NodeExams } from './exams.ts';

export interface NodeRecord {
  readonly nodeId: NodeId;
  readonly class: string;
  readonly status: NodeStatus;
  /** Since when the node is quarantined; undefined if it is not, or has been since before this was kept. */
  readonly quarantinedAtMs: number | undefined;
  /** When a quarantine ends by itself; undefined if it does not, or there is none. */
  readonly quarantinedUntilMs: number | undefined;
  readonly identityKey: IdentityKey;
  /** Announced by the node; it becomes the identity key with the first request over a certificate for it. */
  readonly nextIdentityKey: IdentityKey | undefined;
  readonly wgPublicKeys: WgPublicKeys;
  readonly addresses: readonly IpAddress[];
  readonly endpoint: AdvertisedEndpoint;
  /**
   * The source address of the node's last enrolment or endpoint report, for a node that advertises no usable
   * address.
   */
  readonly observedAddress: string | undefined;
  /** The source address of the enrolment; undefined if it was not noted. */
  readonly enrolledFrom: string | undefined;
  readonly tokenId: TokenId;
  readonly enrolledAtMs: number;
  readonly updatedAtMs: number;
  readonly membership: MembershipState;
  /** The first epoch of the present membership. The node gets no keys of earlier epochs. */
  readonly admittedSince: EpochId | undefined;
  /** The present membership began after a denial. */
  readonly readmitted: boolean;
  readonly latest: AcceptedBenchmark | undefined;
  /** Good results in a row. */
  readonly goodStreak: Streak;
  /**
   * The node is within the warning band of its policy, or has not been out of it for long enough. A denial
   * keeps this.
   */
  readonly declining: boolean;
  /** The epoch in which a drift signal last put the node on probation; undefined if none has. */
  readonly probationSince: EpochId | undefined;
  /** Results outside the band in a row. */
  readonly clearStreak: Streak;
  /**
   * The alarm denied the node on the evidence with its newest result. It keeps the node out until the next
   * result, which begins anew.
   */
  readonly watchSpent: boolean;
  /** Set between a leave and the next accepted benchmark. */
  readonly left: boolean;
  /**
   * Since when the node's tunnel has failed by its own reports; undefined if it works, or has not failed for
   * long enough.
   */
  readonly unreachableSinceMs: number | undefined;
  /** Last accepted sequence by kind of message. */
  readonly sequences: { readonly benchmark: number; readonly endpoint: number; readonly leave: number };
  /**
   * The key that the node's keys are sealed to, from the newest accepted benchmark of the agent that runs.
   */
  readonly kemPublicKey: string | undefined;
  /** The brake holds the node in although the policy denies it. A denial ends the hold. */
  readonly hold: Hold | undefined;
  /** When the newest hold began; kept when it ends. */
  readonly heldSinceMs: number | undefined;
  readonly certificate: { readonly serial: string; readonly notAfterMs: number } | undefined;
  /** Absent until the challenge of its first exam is fixed. */
  readonly exams?: NodeExams | undefined;
}

/** A node that the policy denies is in until `untilMs`. */
export interface Hold {
  /** The cause that had cut as many nodes as it may. */
  readonly cause: string;
  readonly untilMs: number;
  /** Whether its pairs are limited; false once officers have released the node. */
  readonly limited: boolean;
}

export interface TokenRecord {
  readonly tokenId: TokenId;
  readonly secretHash: Sha256Hex;
  readonly usesLeft: number;
  readonly class: string;
  readonly nodeId: NodeId | undefined;
  readonly expiresAtMs: number;
  readonly needsApproval: boolean;
  readonly isWithdrawn: boolean;
}

/**
 * A public key of a node that was revoked, rejected or deleted, or that has replaced it. No node may have it
 * again.
 */
export interface SpentKey {
  /** 32 bytes in strict base64. */
  readonly publicKey: string;
  readonly nodeId: NodeId;
}

/** What is left of a node that was deleted. */
export interface DeletedNode {
  readonly nodeId: NodeId;
  readonly class: string;
  readonly addresses: readonly IpAddress[];
  /** Until when no other node may get the addresses, wall clock. */
  readonly heldUntilMs: number;
}

export interface EpochRecord {
  readonly epochId: EpochId;
  readonly activateAtMs: number;
  readonly commitment: string;
}

/** A time in which leases last longer. Only the newest window counts. It is over when its end has passed. */
export interface MaintenanceWindow {
  /** The id of the officer's request, which is good once. */
  readonly requestId: string;
  readonly officer: string;
  readonly why: string;
  readonly startedAtMs: number;
  readonly untilMs: number;
}

/** Who may sign requests, and how many of them have to. */
export interface OfficerSet {
  readonly officers: readonly Officer[];
  readonly required: number;
}

/** Details of log entries before an index that are to be erased. */
export interface ErasureRecord {
  /** Undefined: those of every node. */
  readonly nodeId: NodeId | undefined;
  readonly before: number;
}

/** A class that officers revoked, and may have released since. */
export interface ClassRecord {
  readonly name: string;
  /** Undefined: it is released. */
  readonly revokedAtMs: number | undefined;
}

/** A request that at least one officer has signed. */
export interface RequestRecord {
  readonly request: OfficerRequest;
  /**
   * `authorised`: enough have signed, and an operator's command may use it once. `carried_out`: spent, and
   * remembered for ever. `dropped`: it expired before it was of use, and is forgotten.
   */
  readonly status: 'pending' | 'authorised' | 'carried_out' | 'dropped';
  /**
   * In the order in which they arrived: one for each officer, the first from the officer who opened the
   * request.
   */
  readonly signatures: readonly OfficerSignature[];
  readonly expiresAtMs: number;
}

/**
 * The evidence that a decision on a node rests on. A node that has left is treated as having no benchmark.
 */
export function evidenceOf(node: NodeRecord): Evidence {
  return {
    status: node.status,
    latest: node.left ? undefined : node.latest,
    membership: node.membership,
    consecutiveGood: node.goodStreak.count,
    declining: node.declining,
    consecutiveClear: node.clearStreak.count,
    unreachableSinceMs: node.unreachableSinceMs,
    watch: node.latest?.watch,
    exam: node.exams?.evidence,
    className: node.class,
  };
}
