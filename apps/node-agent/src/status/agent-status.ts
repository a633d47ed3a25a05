// The status that `mesh-agent status` shows, as it is sent over the control socket. It holds no secrets.

import type { Rotation } from '@mesh/protocol';
import type { PathHealth } from '@mesh/wg';
import type { ExamStep } from '../exams/exam-progress.ts';
import type { RecordedEvent } from '../journal/journal.ts';
import type { RouteOverlap } from '../plan/route-overlaps.ts';

/** Something that fails now. */
export interface StatusFailure {
  /** Since when it fails, by this machine's clock. */
  readonly since: string;
  readonly code: string;
  readonly message: string;
}

export interface PeerStatus {
  readonly node_id: string;
  readonly public_key: string;
  readonly endpoint: string | null;
  readonly on_interface: boolean;
  /** The epoch whose key is set for this pair; null if that is not known. */
  readonly epoch_id: number | null;
  /**
   * The epoch whose key the other end has set, from its last report to the controller; null if that is not
   * known.
   */
  readonly epoch_id_there: number | null;
  /** The limit of the pair in each direction, which the guard enforces; null if there is no limit. */
  readonly limit_bits_per_second: number | null;
  /**
   * The pair has a probation tunnel: nothing passes but TCP to and from this port of this node (`self`) or of
   * the peer. Absent: everything passes.
   */
  readonly only_service?: { readonly port: number; readonly of: 'self' | 'peer' };
  /** Null if there was no handshake yet. */
  readonly handshake_age_ms: number | null;
  /**
   * `psk_mismatch`: a handshake is overdue. Different keys at the two ends (or a broken path) would explain
   * that.
   */
  readonly suspicion: 'psk_mismatch' | null;
  /** Why the peer cannot be set as it should be, and since when; null if it can be set. */
  readonly failure: StatusFailure | null;
  /** The median round trip of the last probes; null unless measured, as the next two. */
  readonly rtt_ms: number | null;
  /** The longest of them. */
  readonly worst_rtt_ms: number | null;
  /** The share of them that was lost, 0..1. */
  readonly loss: number | null;
  readonly probes: {
    /**
     * `too_few`: to say anything. `no_answer`: the path loses everything, or the peer does not answer
     * probes. `old`: the newest was too long ago. `off`: this node does not probe.
     */
    readonly state: PathHealth['state'];
    readonly sent: number;
    readonly answered: number;
    readonly age_ms: number | null;
  };
  readonly rx_bytes: number;
  readonly tx_bytes: number;
}

/** A {@link RouteOverlap} in the form of the status. */
export type OverlapStatus = Omit<RouteOverlap, 'interfaceName' | 'sinceMs' | 'peers'> & {
  /** Null for a route that ends on this host. */
  readonly interface: string | null;
  readonly since: string;
  readonly peers: readonly string[];
};

/** A head of the controller's log: how many entries it covers, and their root in base64. */
export interface LogHeadStatus {
  readonly size: number;
  readonly root_hash: string;
}

export interface LogStatus {
  readonly origin: string;
  /** The newest head that was accepted; null before the first. */
  readonly accepted: LogHeadStatus | null;
  /** Why heads are refused now; null if none is. */
  readonly refusal:
    | (StatusFailure & {
        /** The newest head that was refused. */
        readonly shown: LogHeadStatus;
        /** The file that proves it; null if it could not be stored. */
        readonly evidence: string | null;
      })
    | null;
}

/** What this node does as an examiner in one exam. */
export interface ExamStatus {
  readonly exam_id: string;
  readonly examined: string;
  /** Where its service is asked. */
  readonly service: { readonly address: string; readonly port: number };
  readonly step: ExamStep;
  /** How many of its items have an answer, or a reason why not. */
  readonly asked: number;
  readonly items: number;
  readonly ends_at: string;
  /** What keeps this node from going on, or has kept it; null if nothing does. */
  readonly trouble: { readonly code: string; readonly message: string } | null;
}

export interface AgentStatus {
  readonly mesh_id: string;
  readonly node_id: string;
  readonly instance_id: string;
  readonly pid: number;
  readonly public_key: string;
  /** With strict rotation: the interface that carries the traffic now. */
  readonly interface: string;
  readonly tunnel: 'kernel' | 'userspace' | 'dry-run';
  readonly rotation: Rotation;
  /** Whether the interface exists and is as it should be. */
  readonly interface_up: boolean;
  /** Why the work on the interface, its peers or its routes fails; null if nothing fails. */
  readonly tunnel_failure: StatusFailure | null;
  readonly addresses: readonly string[];
  /** Null before the first config of this run. */
  readonly allowed: boolean | null;
  readonly reason: string | null;
  readonly epoch_id: number | null;
  readonly config_version: string | null;
  readonly lease_left_ms: number;
  /** What closes the overlay in the kernel when the agent dies. */
  readonly guard: {
    readonly kind: 'nftables' | 'none';
    readonly state: 'idle' | 'applied' | 'failed';
    /**
     * How long until the kernel closes the overlay unless the lease is renewed; null if that is not known.
     */
    readonly ends_in_ms: number | null;
    readonly failure: string | null;
  };
  /** What drops packets for the overlay addresses that do not come through the overlay's interfaces. */
  readonly host_rules: {
    readonly kind: 'nftables' | 'none';
    readonly state: 'idle' | 'applied' | 'failed';
    readonly failure: string | null;
  };
  /** Other routes and addresses of this host within the overlay, as last seen. */
  readonly overlaps: readonly OverlapStatus[];
  readonly controller: {
    readonly url: string;
    readonly reachable: boolean;
    readonly last_failure: string | null;
    /** The controller's clock − this machine's; null before the first answer. */
    readonly clock_offset_ms: number | null;
    readonly clock_uncertainty_ms: number | null;
  };
  /** What is known of the controller's log; null while the log is not known. */
  readonly log: LogStatus | null;
  /**
   * Another agent with the same identity. One of the two must be stopped. Null if no other agent is known.
   */
  readonly other_instance: {
    /** `refused`: the controller serves the other agent and not this one. */
    readonly role: 'running' | 'refused';
    readonly instance_id: string | null;
    readonly at: string;
  } | null;
  readonly certificate_valid_until: string;
  readonly peers: readonly PeerStatus[];
  /** The exams that this node takes, and the newest that are over; null if it takes none. */
  readonly exams: readonly ExamStatus[] | null;
  readonly last_measurement: {
    readonly at: string;
    readonly scores: Readonly<Record<string, number>>;
    readonly suite_version: string;
  } | null;
  /** Why measuring fails now; null if it works or was not tried yet. */
  readonly measurement_failure: StatusFailure | null;
  /** The last measurement that failed in this run, even if a later one succeeded. */
  readonly last_measurement_failure: {
    readonly at: string;
    readonly code: string;
    readonly message: string;
  } | null;
  readonly last_submission: {
    readonly at: string;
    readonly outcome: string;
    readonly detail: string | null;
  } | null;
  readonly events: readonly RecordedEvent[];
}
