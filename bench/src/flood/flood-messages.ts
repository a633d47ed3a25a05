// Messages between the benchmark and its processes: those that attack, and the one with the good nodes.

import type { NodeIdentity } from '../controller/seed-mesh.ts';

export interface Doors {
  readonly host: string;
  readonly nodesPort: number;
  readonly publicPort: number;
}

export interface AttackOrder {
  readonly doors: Doors;
  readonly meshId: string;
  readonly perSecond: number;
  /** The source address; undefined: the host's own. */
  readonly localAddress: string | undefined;
}
export type AttackRequest = { readonly op: 'start'; readonly order: AttackOrder } | { readonly op: 'stop' };

export interface AttackCount {
  /** Attempts, each with a connection of its own. */
  readonly sent: number;
  /** Those that were not begun because too many were open. */
  readonly skipped: number;
  /** TLS handshakes that completed, and HTTP answers. */
  readonly handshakes: number;
  readonly answered: number;
  readonly seconds: number;
}
export type AttackReply =
  | { readonly op: 'started' }
  | { readonly op: 'stopped'; readonly count: AttackCount };

export interface MembersSetup {
  readonly doors: Doors;
  readonly meshId: string;
  readonly caPem: string;
  /** Base64. */
  readonly configPublicKey: string;
  readonly identities: readonly NodeIdentity[];
  /** Good nodes that will fail, one after the other. */
  readonly failing: readonly NodeIdentity[];
}
export type MembersRequest =
  | { readonly op: 'setup'; readonly setup: MembersSetup }
  /** Lets the next `failures` nodes fail, spread over the time. */
  | { readonly op: 'run'; readonly seconds: number; readonly failures: number };

export interface MembersCount {
  /** Milliseconds of each answer to a kept connection. */
  readonly answers: readonly number[];
  /** Milliseconds of each new connection, from the first packet to the answer of a request. */
  readonly connections: readonly number[];
  /** Milliseconds from each failing score to its removal at the last node. */
  readonly denials: readonly number[];
  /** Answers other than 200, and errors. */
  readonly failures: readonly string[];
}
export type MembersReply =
  | { readonly op: 'ready' }
  | { readonly op: 'counted'; readonly count: MembersCount }
  | { readonly op: 'failed'; readonly message: string };
