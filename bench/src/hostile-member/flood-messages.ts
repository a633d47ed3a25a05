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
  /** The version that the member holds: queries for it wait. */
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
  /** Part of one core that the process used: near 1, it would have done more if it could. */
  readonly load: number;
}

export type FloodReply = { readonly op: 'started' } | { readonly op: 'stopped'; readonly count: FloodCount };
