// Converts the part of a node's record that every result changes to a row of the table `node_results`, and
// back.

import type { AcceptedBenchmark, NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';

export interface ResultRow {
  node_id: NodeId;
  latest_index: number | null;
  updated_at_ms: number;
  sequence_benchmark: number;
  consecutive_good: number;
  good_counted_measured_at_ms: number | null;
  good_counted_arrived_at_ms: number | null;
  consecutive_clear: number;
  clear_counted_measured_at_ms: number | null;
  clear_counted_arrived_at_ms: number | null;
}

export const RESULT_COLUMNS = [
  'node_id',
  'latest_index',
  'updated_at_ms',
  'sequence_benchmark',
  'consecutive_good',
  'good_counted_measured_at_ms',
  'good_counted_arrived_at_ms',
  'consecutive_clear',
  'clear_counted_measured_at_ms',
  'clear_counted_arrived_at_ms',
] as const satisfies readonly (keyof ResultRow)[];

/**
 * The values of a row, in the order of RESULT_COLUMNS.
 *
 * @param latestIndex the log entry of the newest benchmark; null if the node has none, or one that is sealed
 *   in its row
 */
export function resultValuesOf(node: NodeRecord, latestIndex: number | null): (string | number | null)[] {
  const { goodStreak, clearStreak } = node;
  return [
    node.nodeId,
    latestIndex,
    node.updatedAtMs,
    node.sequences.benchmark,
    goodStreak.count,
    goodStreak.countedMeasuredAtMs,
    goodStreak.countedArrivedAtMs,
    clearStreak.count,
    clearStreak.countedMeasuredAtMs,
    clearStreak.countedArrivedAtMs,
  ];
}

/** What a result row says of its node. */
export type ResultFields = Pick<NodeRecord, 'updatedAtMs' | 'goodStreak' | 'clearStreak' | 'latest'> & {
  readonly benchmarkSequence: number;
};

/** @param latest the node's newest benchmark; undefined if it has none */
export function resultFieldsOf(row: ResultRow, latest: AcceptedBenchmark | undefined): ResultFields {
  return {
    updatedAtMs: row.updated_at_ms,
    benchmarkSequence: row.sequence_benchmark,
    latest,
    goodStreak: {
      count: row.consecutive_good,
      countedMeasuredAtMs: row.good_counted_measured_at_ms,
      countedArrivedAtMs: row.good_counted_arrived_at_ms,
    },
    clearStreak: {
      count: row.consecutive_clear,
      countedMeasuredAtMs: row.clear_counted_measured_at_ms,
      countedArrivedAtMs: row.clear_counted_arrived_at_ms,
    },
  };
}
