// Compares what this node has kept of what it was told with what the log of its controller says.

import { RECORDING_MS, type ToldInLog } from '@mesh/evidence';
import type { MeshId, NodeId } from '@mesh/primitives';
import { type KeptAnswer, verifyKept } from '@mesh/protocol';

export interface CheckedAnswer {
  /**
   * `early`: it may be recorded yet. `gone`: it is older than what the controller still keeps. `not_in_log`:
   * the log has another account of that time.
   */
  readonly outcome: 'in_log' | 'early' | 'gone' | 'not_in_log';
  /** See `verifyKept`. */
  readonly shows: ReturnType<typeof verifyKept>;
  readonly kept: KeptAnswer;
}

/** @param told everything that the log says from the time of the oldest kept answer on, verified */
export function checkTold(
  kept: readonly KeptAnswer[],
  told: readonly ToldInLog[],
  { meshId, nodeId }: { readonly meshId: MeshId; readonly nodeId: NodeId },
): CheckedAnswer[] {
  const known = new Set(told.map(({ sha256 }) => sha256));
  const sinceMs = Math.min(...told.map(({ sentAtMs }) => sentAtMs));
  const untilMs = Math.max(...told.map(({ recordedAtMs }) => recordedAtMs)) - RECORDING_MS;
  const outcomeOf = ({ sha256, server_time_ms: atMs }: KeptAnswer): CheckedAnswer['outcome'] => {
    if (known.has(sha256)) return 'in_log';
    // Where nothing is told at all, everything may be recorded yet.
    if (atMs > untilMs) return 'early';
    return atMs < sinceMs ? 'gone' : 'not_in_log';
  };
  return kept.map((answer) => ({
    outcome: outcomeOf(answer),
    shows: verifyKept(answer, meshId, nodeId),
    kept: answer,
  }));
}
