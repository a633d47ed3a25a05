// The exams of a node as the operator sees them: as the examined node, and as an examiner of others.

import type { Clock } from '@mesh/host';
import {
  type CommandContext,
  type ExamRecord,
  examOverdueSinceMs,
  isEligibleExaminer,
  latestExamEpoch,
  type MeshView,
  type NodeRecord,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { NodeDetail } from '@mesh/protocol';
import {
  canExamine,
  describeExamVerdict,
  describeGap,
  examVerdict,
  gapsOf,
  isExamined,
  type LastExam,
  type Policy,
} from '@mesh/scoring';
import { NOTHING_ASKED } from './exam-summary.ts';

export interface NodeExamsPorts {
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
  readonly examHistory: { find(examId: string): ExamRecord | undefined };
  readonly clock: Clock;
}

type NodeExamsView = NonNullable<NodeDetail['exams']>;

/** @returns undefined if the policy has no exams, and nothing is known of any */
export function nodeExamsOf(ports: NodeExamsPorts, node: NodeRecord): NodeExamsView | undefined {
  const { view, journal, clock } = ports;
  const { policy } = journal.context();
  const record = view.exams().examiner(node.nodeId);
  if (policy.exams === undefined && node.exams === undefined && record === undefined) return undefined;
  const last = node.exams?.evidence?.last;
  const overdueMs = examOverdueSinceMs(policy, node, Math.floor(clock.nowMs()));
  const examines = record !== undefined || canExamine(policy, node.class);
  return {
    examined: isExamined(policy, node.class),
    open: view.exams().ofNode(node.nodeId)?.examId ?? null,
    last: last === undefined ? null : lastOf(ports, policy, node, last),
    gaps: gapsOf(policy.exams, node.exams?.evidence).map((gap) => ({
      ...{ what: gap.what, speaks: gap.speaks, evidence: gap.evidence, limit: gap.limit },
      sentence: describeGap(gap),
    })),
    due_by_epoch: (isExamined(policy, node.class) && latestExamEpoch(policy, node)) || null,
    overdue_since: overdueMs === undefined ? null : formatRfc3339(overdueMs),
    examiner: examines
      ? {
          eligible: isEligibleExaminer(view, policy, node),
          outvoted_in: (record?.outvotes ?? []).map(({ examId }) => examId),
          suspended_at: record?.suspendedBy === undefined ? null : formatRfc3339(record.suspendedBy.atMs),
        }
      : null,
  };
}

/** By the policy in force, for the class that the node has now. */
function lastOf(
  { examHistory }: NodeExamsPorts,
  policy: Policy,
  node: NodeRecord,
  last: LastExam,
): NonNullable<NodeExamsView['last']> {
  const verdict = examVerdict(policy, node.class, last);
  const exam = examHistory.find(last.examId);
  return {
    exam_id: last.examId,
    closed_at: formatRfc3339(last.closedAtMs),
    outcome: verdict?.outcome ?? 'none',
    sentence: (verdict && describeExamVerdict(verdict)) ?? NOTHING_ASKED,
    examiners: (exam?.assignments ?? []).map(({ examiner, grades }) => ({
      node_id: examiner,
      answered: grades !== undefined,
      outvoted: exam?.closed?.outvoted.includes(examiner) ?? false,
    })),
  };
}
