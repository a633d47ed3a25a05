// Messages between the benchmark and the processes that hold its agents. Times are from the machine's
// monotonic clock, which all processes share.

import type { NodeIdentity } from '../controller/seed-mesh.ts';
import type { KnownMesh } from './watching-agent.ts';

export interface WatcherSetup {
  readonly port: number;
  readonly caPem: string;
  /** Base64. */
  readonly configPublicKey: string;
  readonly identities: readonly NodeIdentity[];
  readonly known: KnownMesh;
}

export type WatcherRequest =
  | { readonly op: 'setup'; readonly setup: WatcherSetup }
  /** The next removal will be of this node. */
  | { readonly op: 'expect'; readonly nodeId: string }
  | { readonly op: 'cpu' };

export type WatcherReply =
  | { readonly op: 'ready' }
  | { readonly op: 'expecting' }
  /** Every agent has applied the removal; when each did, in nanoseconds. */
  | { readonly op: 'removed'; readonly nodeId: string; readonly atNs: readonly string[] }
  | { readonly op: 'cpu'; readonly micros: number; readonly atNs: string }
  | { readonly op: 'failed'; readonly message: string };
