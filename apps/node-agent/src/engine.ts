// What the rest of the agent sees of whatever drives its tunnels: one interface in place, two slots in strict rotation.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { LeaseGuard } from './guard/lease-guard.ts';
import type { Lease } from './lease/lease.ts';
import type { Trouble } from './observe/trouble.ts';
import type { Desired } from './plan/desired-peers.ts';
import type { HeldConfig } from './plan/held-config.ts';
import type { RouteOverlap } from './plan/route-overlaps.ts';
import type { Tunnel } from './tunnel/tunnel.ts';

export interface EngineSnapshot {
  readonly config: HeldConfig | undefined;
  readonly desired: Desired['kind'];
  readonly leaseLeftMs: number;
  readonly interfaceUp: boolean;
  /** What of the work on the tunnel fails; undefined: nothing. */
  readonly trouble: Trouble | undefined;
  /** Peers that cannot be set as they should be, and are tried again from time to time. */
  readonly failingPeers: ReadonlyMap<WgPublicKey, Trouble>;
  readonly appliedEpochs: ReadonlyMap<NodeId, EpochId>;
  /** Who is on the interface, as last read. */
  readonly present: ReadonlySet<WgPublicKey>;
  /** What of somebody else's takes a part of the overlay on this host, as last seen. */
  readonly overlaps: readonly RouteOverlap[];
  /** How long each peer has been on the interface, as far as this run knows. */
  configuredForMs(publicKey: WgPublicKey): number;
}

export interface Engine {
  /** The interface that carries the overlay's traffic now. */
  readonly tunnel: Tunnel;
  readonly guard: LeaseGuard;
  /** The config held is the newest: it stands for `leaseSeconds` from now. Acts on it at once. */
  heard(leaseSeconds: number, config?: HeldConfig): Lease;
  /** Takes over what another engine heard: its lease goes on and is not renewed. */
  resume(lease: Lease, config: HeldConfig | undefined): void;
  /** Of the interface that carries the traffic; public keys of the config's peers are those of its slot. */
  snapshot(): EngineSnapshot;
  /** Drives the tunnels until the signal aborts, and leaves them as they are then. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Removes everything, once `run` has ended. @throws TunnelError */
  down(): Promise<void>;
  /** Stops what `run` has started beside itself, and leaves everything as it is. */
  stop(): void;
}
