// The events of an agent that are worth recording, as a closed union. They hold no secrets.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { Finding } from '../plan/find-altered.ts';
import type { RouteOverlap } from '../plan/route-overlaps.ts';
import type { TunnelPart } from './trouble.ts';

/** The device, its addresses or its routes were changed by somebody else. */
export interface AlteredInterface {
  readonly kind: 'altered_interface';
  readonly what: 'private_key' | 'listen_port' | 'addresses' | 'routes' | 'mtu' | 'link';
}

/** What somebody else changed and the agent corrects. */
export type Altered = Finding | AlteredInterface | { readonly kind: 'interface_gone' | 'routes_moved' };

export type AgentEvent =
  | { readonly type: 'started'; readonly instanceId: string; readonly version: string }
  | { readonly type: 'stopped'; readonly why: 'signal' | 'down' }
  | { readonly type: 'certificate_renewed'; readonly validUntil: string }
  | { readonly type: 'interface_up'; readonly kind: 'created' | 'adopted'; readonly peers: number }
  | {
      readonly type: 'config_applied';
      readonly version: string;
      readonly allowed: boolean;
      readonly reason: string;
      readonly peers: number;
    }
  | { readonly type: 'config_fault'; readonly fault: string }
  | { readonly type: 'controller_lost'; readonly code: string; readonly message: string }
  | { readonly type: 'controller_found' }
  /** A config has told this node the log, which enrolment had not. */
  | { readonly type: 'log_pinned'; readonly origin: string }
  /** The controller shows a head of its log that the accepted one contradicts. */
  | {
      readonly type: 'log_refused';
      readonly code: string;
      readonly heldSize: number;
      readonly shownSize: number;
    }
  /** The controller shows the accepted head again, or one that follows from it. */
  | { readonly type: 'log_recovered'; readonly size: number }
  /** An operator has named the head from which this node goes on. */
  | { readonly type: 'log_head_named'; readonly size: number; readonly rootHash: string }
  /** Another agent has this agent's identity. `refused`: the controller serves the other agent. */
  | {
      readonly type: 'instance_conflict';
      readonly role: 'running' | 'refused';
      readonly other: string | null;
    }
  | {
      readonly type: 'peer_removed';
      readonly nodeId: NodeId | null;
      readonly publicKey: WgPublicKey;
      /** The time since the arrival of the config that removes the peer; null if no config does. */
      readonly tookMs: number | null;
    }
  | {
      readonly type: 'peer_added';
      readonly nodeId: NodeId;
      readonly publicKey: WgPublicKey;
      readonly epochId: EpochId;
    }
  | {
      readonly type: 'psks_set';
      readonly count: number;
      readonly epochId: EpochId;
      /**
       * The time of the whole change on the interface: reading it, setting the keys and reading them back.
       */
      readonly tookMs: number;
    }
  | { readonly type: 'epoch_applied'; readonly epochId: EpochId }
  /**
   * Strict rotation: shortly before the boundary, these pairs have no session yet in the slot of the next
   * epoch.
   */
  | {
      readonly type: 'standby_not_ready';
      readonly epochId: EpochId;
      readonly nodeIds: readonly NodeId[];
    }
  | { readonly type: 'lease_ended' }
  | { readonly type: 'found_altered'; readonly finding: Altered }
  /**
   * Another route or address of this host is within the overlay. Recorded again when its handling changes.
   */
  | { readonly type: 'overlap_found'; readonly overlap: RouteOverlap }
  | { readonly type: 'overlap_gone'; readonly overlap: RouteOverlap }
  /** A part of the work on the tunnel begins to fail, or fails for another reason. */
  | {
      readonly type: 'tunnel_failed';
      readonly part: TunnelPart;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly type: 'tunnel_recovered';
      readonly part: TunnelPart;
      /** The code of the failure that has ended. */
      readonly code: string;
      readonly forMs: number;
    }
  | { readonly type: 'guard_failed'; readonly code: string; readonly message: string }
  | { readonly type: 'guard_recovered' }
  /** Somebody else changed the guard's table, and the guard writes it again. */
  | { readonly type: 'guard_altered' }
  /** Somebody else changed the host rules, and they were written again. */
  | { readonly type: 'host_rules_altered' }
  | {
      readonly type: 'measured';
      readonly scores: Readonly<Record<string, number>>;
      readonly suiteVersion: string;
    }
  | { readonly type: 'measurement_failed'; readonly code: string; readonly message: string }
  | { readonly type: 'submitted'; readonly membership: string | null; readonly reason: string | null }
  | { readonly type: 'submission_refused'; readonly code: string; readonly message: string }
  | { readonly type: 'endpoint_reported' }
  /** This node begins an exam of another, or goes on with one. */
  | {
      readonly type: 'exam_begun';
      readonly examId: string;
      readonly examined: NodeId;
      readonly items: number;
      /** How many of them an earlier run has asked. */
      readonly asked: number;
    }
  | { readonly type: 'exam_committed'; readonly examId: string; readonly transcriptSha256: string }
  | {
      readonly type: 'exam_result_sent';
      readonly examId: string;
      readonly examined: NodeId;
      readonly items: number;
      readonly unanswered: number;
    }
  /** This node gives no result. */
  | {
      readonly type: 'exam_given_up';
      readonly examId: string;
      readonly examined: NodeId;
      readonly code: string;
      readonly message: string;
    };

/** Records an event. It returns at once, does not wait for the disk and does not throw. */
export type RecordEvent = (event: AgentEvent) => void;
