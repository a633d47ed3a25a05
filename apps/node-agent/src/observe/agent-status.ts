// What `mesh-agent status` shows: one snapshot, without a secret, in the form in which it goes over the control socket.

import type { Rotation } from '@mesh/protocol';
import type { RouteOverlap } from '../plan/route-overlaps.ts';
import type { RecordedEvent } from './journal.ts';

/** What fails now. */
export interface StatusFailure {
  /** It has not succeeded since, by this machine's clock. */
  readonly since: string;
  readonly code: string;
  readonly message: string;
}

export interface PeerStatus {
  readonly node_id: string;
  readonly public_key: string;
  readonly endpoint: string | null;
  readonly on_interface: boolean;
  /** The epoch whose key is set for this pair; null where it is not known. */
  readonly epoch_id: number | null;
  /** The same at the other end, by its last report to the controller; null where that is not known. */
  readonly epoch_id_there: number | null;
  /** What the pair may carry in each direction; null: no limit. The guard enforces it. */
  readonly limit_bits_per_second: number | null;
  /** Null: no handshake yet. */
  readonly handshake_age_ms: number | null;
  /** `psk_mismatch`: a handshake is overdue, which a differing key (or a path that carries nothing) explains. */
  readonly suspicion: 'psk_mismatch' | null;
  /** Why the peer cannot be set as it should be, and since when; null: it can. */
  readonly failure: StatusFailure | null;
  readonly rtt_ms: number | null;
  /** 0..1 of the last probes; null before the first. */
  readonly loss: number | null;
  readonly rx_bytes: number;
  readonly tx_bytes: number;
}

/** As {@link RouteOverlap}, in the form of the status. */
export type OverlapStatus = Omit<RouteOverlap, 'interfaceName' | 'sinceMs' | 'peers'> & {
  /** Null for a route that ends here. */
  readonly interface: string | null;
  readonly since: string;
  readonly peers: readonly string[];
};

export interface AgentStatus {
  readonly mesh_id: string;
  readonly node_id: string;
  readonly instance_id: string;
  readonly pid: number;
  readonly public_key: string;
  /** With strict rotation the one that carries traffic now. */
  readonly interface: string;
  readonly tunnel: 'kernel' | 'userspace' | 'dry-run';
  readonly rotation: Rotation;
  /** The interface is there and is as it should be. */
  readonly interface_up: boolean;
  /** What of the work on the interface, its peers or its routes fails; null: nothing. */
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
    /** When the kernel closes unless it is renewed; null where it is not known. */
    readonly ends_in_ms: number | null;
    readonly failure: string | null;
  };
  /** What keeps packets for the overlay addresses from coming by another interface than the overlay's. */
  readonly host_rules: {
    readonly kind: 'nftables' | 'none';
    readonly state: 'idle' | 'applied' | 'failed';
    readonly failure: string | null;
  };
  /** What of somebody else's takes a part of the overlay on this host, as last seen. */
  readonly overlaps: readonly OverlapStatus[];
  readonly controller: {
    readonly url: string;
    readonly reachable: boolean;
    readonly last_failure: string | null;
    /** controller's clock − this machine's; null before the first answer. */
    readonly clock_offset_ms: number | null;
    readonly clock_uncertainty_ms: number | null;
  };
  /** Another agent that has this one's identity: one of the two is to be stopped. Null where none is known of. */
  readonly other_instance: {
    /** `refused`: the controller follows the other agent and not this one. */
    readonly role: 'running' | 'refused';
    readonly instance_id: string | null;
    readonly at: string;
  } | null;
  readonly certificate_valid_until: string;
  readonly peers: readonly PeerStatus[];
  readonly last_measurement: {
    readonly at: string;
    readonly scores: Readonly<Record<string, number>>;
    readonly suite_version: string;
  } | null;
  /** Measuring fails now; null: it works, or has not been tried. */
  readonly measurement_failure: StatusFailure | null;
  /** The last that failed in this run, also where a later one succeeded. */
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
