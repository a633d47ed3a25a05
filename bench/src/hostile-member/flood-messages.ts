// Messages between the benchmark and the process that floods.

import type { NodeIdentity } from '../controller/seed-mesh.ts';

export const ATTACKS = ['pipelined queries', 'messages of 65 KB'] as const;
export type Attack = (typeof ATTACKS)[number];

export interface FloodOrder {
  readonly attack: Attack;
  readonly port: number;
  readonly caPem: string;
  readonly meshId: string;
  readonly member: NodeIdentity;
  /** The version that the member has. Queries for it wait. */
  readonly version: string;
  readonly connections: number;
}

export type FloodRequest = { readonly op: 'start'; readonly order: FloodOrder } | { readonly op: 'stop' };

export interface FloodCount {
  /** Connections whose handshake completed. */
  readonly opened: number;
  /** Requests written, and answers begun. */
  readonly sent: number;
  readonly answered: number;
  /** The share of one core that the process used. Near 1, the process itself was the limit. */
  readonly load: number;
}

export type FloodReply = { readonly op: 'started' } | { readonly op: 'stopped'; readonly count: FloodCount };
