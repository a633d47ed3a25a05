// One examiner's share of an exam, as the agent works on it.

import { defined, type NodeId, parseRfc3339 } from '@mesh/primitives';
import type { ExamAssignment } from '@mesh/protocol';

export interface AssignedExam {
  readonly examId: string;
  /** The node whose service is asked. */
  readonly examined: NodeId;
  readonly service: ExamAssignment['service'];
  readonly system?: string;
  /** In the order in which they are to be asked. */
  readonly items: readonly ExamItem[];
  /** On the controller's clock. */
  readonly startsAtMs: number;
  /** Commitment and result must have arrived by then. */
  readonly endsAtMs: number;
}

export interface ExamItem {
  /** Its place in the pool. */
  readonly index: number;
  readonly prompt: string;
}

/** An answer to an item, or why there was none. */
export type ItemAnswer =
  | { readonly index: number; readonly answer: string; readonly latencyMs: number }
  | { readonly index: number; readonly problem: string };

/** @param assignment whose form was checked */
export function readAssignment({
  exam_id: examId,
  examined,
  service,
  system,
  items,
  starts_at: startsAt,
  ends_at: endsAt,
}: ExamAssignment): AssignedExam {
  return {
    examId,
    examined,
    service,
    ...defined({ system }),
    items,
    startsAtMs: parseRfc3339(startsAt),
    endsAtMs: parseRfc3339(endsAt),
  };
}
