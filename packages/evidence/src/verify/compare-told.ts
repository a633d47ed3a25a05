// Compares what the log says that a node was told with what the node has kept of it.

import type { MeshId, NodeId } from '@mesh/primitives';
import { type KeptAnswer, verifyKept } from '@mesh/protocol';
import type { ToldInLog } from './proof-report.ts';

/**
 * An answer that was given while an entry was made is in the next one, and the disk may be slow: the log has
 * an account of a time only where an entry is this much younger.
 */
export const RECORDING_MS = 60_000;

export interface ComparedAnswer {
  /**
   * `in_log`: the log says so, too. `not_in_log`: the log has another account of that time. `later`: the file
   * may lack it, because it was given at most {@link RECORDING_MS} before the newest entry of the file, or
   * after it.
   */
  readonly outcome: 'in_log' | 'not_in_log' | 'later';
  readonly kept: KeptAnswer;
  /** See `verifyKept`. */
  readonly shows: 'answer' | 'digest' | 'nothing';
}

/**
 * Compares the kept answers of the epochs that the file shows.
 *
 * A controller whose machine loses power can lose what it told last, so an answer that the log lacks does not
 * show a lie by itself. That it was signed, it shows.
 *
 * @param told what a verified file shows
 */
export function compareTold(
  told: readonly ToldInLog[],
  kept: readonly KeptAnswer[],
  { meshId, nodeId }: { readonly meshId: MeshId; readonly nodeId: NodeId },
): ComparedAnswer[] {
  const epochs = new Set<number>(told.map(({ epochId }) => epochId));
  const known = new Set(told.map(({ sha256 }) => sha256));
  const untilMs = Math.max(...told.map(({ recordedAtMs }) => recordedAtMs)) - RECORDING_MS;
  return kept
    .filter(({ epoch_id: epochId }) => epochs.has(epochId))
    .map((answer) => ({
      outcome: known.has(answer.sha256)
        ? ('in_log' as const)
        : answer.server_time_ms > untilMs
          ? ('later' as const)
          : ('not_in_log' as const),
      kept: answer,
      shows: verifyKept(answer, meshId, nodeId),
    }));
}
