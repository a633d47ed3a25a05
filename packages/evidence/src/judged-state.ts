// What a decision saw of its node beyond the newest result: the entry of the decision commits to it among its
// details, as `judged`. With the policy and the result, which are entries of their own, anybody can take the
// decision again.

import { defined, formatRfc3339, type JsonValue, parseRfc3339 } from '@mesh/primitives';
import {
  type Benchmark,
  type Evidence,
  type ExamEvidence,
  type MembershipState,
  type NodeStatus,
  readExamEvidence,
  type Watch,
} from '@mesh/scoring';
import * as z from 'zod';
import { EvidenceError } from './evidence-error.ts';

export interface JudgedState {
  readonly status: NodeStatus;
  readonly className: string;
  /** Before the decision. */
  readonly membership: MembershipState;
  /**
   * Whether the newest result counted: `left` if the node had left since it sent it, `none` if there was
   * none.
   */
  readonly result: 'counted' | 'left' | 'none';
  readonly consecutiveGood: number;
  readonly consecutiveClear: number;
  readonly declining: boolean;
  readonly unreachableSinceMs?: number | undefined;
  /** What was remembered of the node's exams; absent: nothing, or the policy has none. */
  readonly exam?: ExamEvidence | undefined;
  /** Whether admitted nodes were spared from staleness at that moment. */
  readonly stalenessWaived: boolean;
}

/** What of the newest result a decision uses. */
export interface JudgedResult {
  readonly benchmark: Benchmark;
  readonly watch?: Watch | undefined;
}

const instant = z.string().transform((text, context) => {
  try {
    return parseRfc3339(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 instant' });
    return z.NEVER;
  }
});

const exam = z.unknown().transform((value, context) => {
  const read = readExamEvidence(value);
  if (read !== undefined) return read;
  context.addIssue({ code: 'custom', message: 'must be what is remembered of exams' });
  return z.NEVER;
});

const schema = z
  .strictObject({
    status: z.enum(['active', 'pending', 'quarantined', 'revoked']),
    class: z.string(),
    membership: z.enum(['admitted', 'denied', 'never']),
    result: z.enum(['counted', 'left', 'none']),
    consecutive_good: z.number(),
    consecutive_clear: z.number(),
    declining: z.boolean(),
    unreachable_since: instant.optional(),
    exam: exam.optional(),
    staleness_waived: z.boolean(),
  })
  .transform(
    (wire): JudgedState => ({
      status: wire.status,
      className: wire.class,
      membership: wire.membership,
      result: wire.result,
      consecutiveGood: wire.consecutive_good,
      consecutiveClear: wire.consecutive_clear,
      declining: wire.declining,
      ...defined({ unreachableSinceMs: wire.unreachable_since, exam: wire.exam }),
      stalenessWaived: wire.staleness_waived,
    }),
  );

/** As it is committed to. */
export function renderJudgedState(state: JudgedState): { readonly [name: string]: JsonValue } {
  const { unreachableSinceMs, exam } = state;
  return {
    status: state.status,
    class: state.className,
    membership: state.membership,
    result: state.result,
    consecutive_good: state.consecutiveGood,
    consecutive_clear: state.consecutiveClear,
    declining: state.declining,
    ...(unreachableSinceMs === undefined ? {} : { unreachable_since: formatRfc3339(unreachableSinceMs) }),
    ...(exam === undefined ? {} : { exam: exam as unknown as JsonValue }),
    staleness_waived: state.stalenessWaived,
  };
}

/** @throws EvidenceError `invalid_state` */
export function parseJudgedState(value: JsonValue): JudgedState {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EvidenceError('invalid_state', 'the judged state of the decision has another form');
}

/** The evidence that the decision rested on, as `evaluate` takes it. */
export function evidenceFrom(state: JudgedState, result: JudgedResult | undefined): Evidence {
  return {
    status: state.status,
    latest: state.result === 'counted' ? result?.benchmark : undefined,
    membership: state.membership,
    consecutiveGood: state.consecutiveGood,
    declining: state.declining,
    consecutiveClear: state.consecutiveClear,
    unreachableSinceMs: state.unreachableSinceMs,
    watch: result?.watch,
    exam: state.exam,
    className: state.className,
  };
}
