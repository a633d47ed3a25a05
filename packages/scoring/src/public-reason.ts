// What anybody may read of a decision: why, without a score, a limit or the name of a metric.

import type { ReasonCode } from './reason.ts';

const SENTENCES: Readonly<Record<ReasonCode, string>> = {
  ok: "the node meets the policy's bar",
  staleness_waived: 'the last benchmark is too old, but staleness is waived for now',
  undecided: "a score is too uncertain to tell on which side of the policy's bar it is",
  declining: 'the node is good enough to stay, but declining',
  drift: 'the node is good enough to stay, but worse than it usually is',
  exam_failed: 'examiners found the node below what the policy asks for',
  exam_gap: 'the node does worse in exams than its own measure, or items that it may have seen, let expect',
  exam_missing: 'the node has not been examined lately',
  declining_streak: 'the node is declining until enough results in a row are those of good standing',
  revoked: 'the node is revoked',
  quarantined: 'the node is quarantined',
  pending: 'the enrolment waits for the approval of an operator',
  unknown_class: "the policy does not have the node's class",
  no_benchmark: 'no benchmark has been accepted yet',
  from_future: 'the last benchmark is from the future',
  not_measured_by: 'the last benchmark was measured by somebody whose measurements do not count',
  unscored: 'the last benchmark lacks a usable score',
  stale: 'the last benchmark is too old',
  too_few_samples: 'a score rests on too few samples',
  below_threshold: "the node is below the policy's threshold",
  below_floor: "the node is below one of the policy's floors",
  sequential_alarm: "the results of a while together show that the node is below the policy's bar",
  readmission_threshold: 'the node is below what the policy asks for after a denial',
  readmission_streak: 'the node has too few good results in a row after a denial',
  unreachable: 'the node reports that its tunnel has been failing for too long',
  waits_for_boundary: "the node meets the policy's bar; admission waits for the next epoch boundary",
};

/** One sentence without a full stop. It depends on the code alone, so it tells nothing that was measured. */
export function describeReasonCode(code: ReasonCode): string {
  return SENTENCES[code];
}
