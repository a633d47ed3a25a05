// The port through which the rest of the agent uses what drives its tunnels: one interface in place, or two
// slots in strict rotation.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { LeaseGuard, Tunnel } from '@mesh/wg-device';
import type { Trouble } from '../../events/trouble.ts';
import type { Lease } from '../../lease/lease.ts';
import type { Desired } from '../../plan/desired-peers.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { RouteOverlap } from '../../plan/route-overlaps.ts';

export interface EngineSnapshot {
  readonly config: HeldConfig | undefined;
  readonly desired: Desired['kind'];
  readonly leaseLeftMs: number;
  readonly interfaceUp: boolean;
  /** The part of the work on the tunnel that fails; undefined if nothing fails. */
  readonly trouble: Trouble | undefined;
  /** Peers that cannot be set as they should be; each is tried again from time to time. */
  readonly failingPeers: ReadonlyMap<WgPublicKey, Trouble>;
  readonly appliedEpochs: ReadonlyMap<NodeId, EpochId>;
  /** The peers on the interface, as last read. */
  readonly present: ReadonlySet<WgPublicKey>;
  /** Other routes and addresses of this host within the overlay, as last seen. */
  readonly overlaps: readonly RouteOverlap[];
  /** With rotation in place: the peers to which this node sends on slot b. Absent: none. */
  readonly movedToB?: ReadonlySet<NodeId>;
  /** How long each peer has been on the interface, as far as this run knows. */
  configuredForMs(publicKey: WgPublicKey): number;
}

export interface Engine {
  /** The interface that carries the overlay's traffic now. */
  readonly tunnel: Tunnel;
  readonly guard: LeaseGuard;
  /**
   * Call it when the controller has confirmed that the config (by default the one held) is the newest. It
   * applies for `leaseSeconds` from now, and the engine acts on it at once.
   */
  heard(leaseSeconds: number, config?: HeldConfig): Lease;
  /** Takes over what another engine heard. The lease continues and is not renewed. */
  resume(lease: Lease, config: HeldConfig | undefined): void;
  /**
   * The state of the interface that carries the traffic. The public keys of the config's peers are those of
   * its slot.
   */
  snapshot(): EngineSnapshot;
  /** A part of the snapshot that costs next to nothing, for callers that ask at every packet. */
  members(): Pick<EngineSnapshot, 'config' | 'present'>;
  /** Drives the tunnels until the signal aborts, and leaves them in place. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Removes everything. Call it after `run` has ended. @throws TunnelError */
  down(): Promise<void>;
  /** Stops the background work outside `run`, and leaves everything in place. */
  stop(): void;
}
