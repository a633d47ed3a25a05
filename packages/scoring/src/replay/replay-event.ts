// What a replay needs of what happened in a mesh, in the order in which it happened.

import type { Benchmark, NodeStatus } from '../evidence.ts';
import type { ClosedExam } from '../exams/exam-results.ts';

export type ReplayEvent =
  | {
      readonly kind: 'benchmark';
      readonly nodeId: string;
      readonly atMs: number;
      readonly benchmark: Benchmark;
    }
  | { readonly kind: 'exam'; readonly nodeId: string; readonly atMs: number; readonly closed: ClosedExam }
  /** The node is new, or an operator changed its status. */
  | { readonly kind: 'status'; readonly nodeId: string; readonly atMs: number; readonly status: NodeStatus }
  | { readonly kind: 'class'; readonly nodeId: string; readonly atMs: number; readonly className: string }
  | { readonly kind: 'left'; readonly nodeId: string; readonly atMs: number }
  /** The node reports that its tunnel fails since then, or (absent) works again. */
  | {
      readonly kind: 'unreachable';
      readonly nodeId: string;
      readonly atMs: number;
      readonly sinceMs: number | undefined;
    }
  /** An epoch was opened: nodes that are out may come in. */
  | { readonly kind: 'boundary'; readonly atMs: number }
  /** The controller started: until it was back, nobody could report. */
  | { readonly kind: 'restart'; readonly atMs: number };

/** An event about one node. */
export type NodeEvent = Extract<ReplayEvent, { readonly nodeId: string }>;

/** How a node was when the replay begins. */
export interface ReplayStart {
  readonly status: NodeStatus;
  readonly className: string;
}
