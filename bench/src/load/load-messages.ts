// Messages between a benchmark and its load generator.

import type { NodeIdentity } from '../controller/seed-mesh.ts';

export interface LoadTarget {
  readonly port: number;
  /** Mutual TLS with each node's certificate, or plain HTTP. */
  readonly tls: boolean;
  /** The process whose CPU time is recorded. */
  readonly pid: number;
}

/** What each connection requests: signed benchmarks, prepared before the clock starts, or its config. */
export type LoadKind = { readonly kind: 'submissions' } | { readonly kind: 'config'; readonly query: string };

export interface LoadSetup {
  readonly meshId: string;
  readonly caPem: string;
  readonly identities: readonly NodeIdentity[];
}

export interface LoadOrder {
  readonly target: LoadTarget;
  readonly load: LoadKind;
  /** The number of connections. Each is one node, from the first node on. */
  readonly connections: number;
  /** The number of requests over all connections. */
  readonly requests: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytesPerAnswer: number;
  /** CPU time of the server per request, over all its threads; undefined without /proc. */
  readonly serverCpuMicros: number | undefined;
  /** CPU time of the generator per request. */
  readonly generatorCpuMicros: number;
  /** The share of one core that the generator used. Near 1, the generator would be the bottleneck. */
  readonly generatorLoad: number;
}

export type LoadRequest =
  | { readonly op: 'setup'; readonly setup: LoadSetup }
  | { readonly op: 'run'; readonly order: LoadOrder };

export type LoadReply =
  | { readonly ok: true; readonly result?: LoadResult }
  | { readonly ok: false; readonly message: string };
