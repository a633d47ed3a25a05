// Takes a decision again from what the log has, by the functions that took it, and compares.

import { canonicalJson, type EpochId, type JsonValue, type NodeId } from '@mesh/primitives';
import {
  type Decision,
  decideMesh,
  describeReason,
  nextDrift,
  nextWatch,
  type Policy,
  type Reason,
} from '@mesh/scoring';
import { evidenceFrom, type JudgedResult, type JudgedState } from '../judged-state.ts';
import type { LoggedEntry } from './check-entries.ts';
import { type Findings, Refutation } from './proof-report.ts';

/** What a decision of each type says of its node. */
const SAYS: Readonly<Record<string, (decision: Decision) => boolean>> = {
  node_admitted: ({ allowed }) => allowed,
  node_denied: ({ allowed }) => !allowed,
  node_held: ({ allowed }) => !allowed,
  hold_ended: ({ allowed }) => allowed,
  node_declining: ({ standing }) => standing === 'declining',
  node_recovered: ({ standing }) => standing === 'good',
  probation_began: ({ allowed, probation }) => allowed && probation !== undefined,
};

/** The types of entries that are decisions on a node by the policy. */
export const DECISION_TYPES: readonly string[] = Object.keys(SAYS);

/** A decision as the log has it. */
export interface LoggedDecision extends LoggedEntry {
  readonly nodeId: NodeId;
  readonly epochId?: EpochId | undefined;
}

export function checkDecision(
  decision: LoggedDecision,
  policy: Policy,
  judged: JudgedState,
  result: JudgedResult | undefined,
  findings: Findings,
): void {
  const now = replay(decision, policy, judged, result);
  const logged = decision.details?.reason;
  const differs = (why: string) => new Refutation('decision', 'decision_differs', why);
  const reason = decision.type === 'probation_began' ? (now.probation ?? now.reason) : now.reason;
  const sentence = describeReason(reason);
  if (SAYS[decision.type]?.(now) !== true)
    throw differs(`the log has ${decision.type}, and by the policy ${sentence}`);
  if (logged !== undefined && canonicalJson(logged) !== reasonText(reason))
    throw differs(`the log gives another reason than the policy: ${sentence}`);
  if (decision.data.reason_code !== undefined && decision.data.reason_code !== reason.code)
    throw differs(`the log names another reason than the policy: ${sentence}`);
  findings.shown('decision', `taken again, the decision is the same: ${sentence}`);
}

function replay(
  { nodeId, atMs }: LoggedDecision,
  policy: Policy,
  judged: JudgedState,
  result: JudgedResult | undefined,
): Decision {
  const decisions = decideMesh({
    kind: 'freeze',
    policy,
    nodes: [{ nodeId, evidence: evidenceFrom(judged, result) }],
    nowMs: atMs,
    stalenessWaived: judged.stalenessWaived,
  });
  return decisions.get(nodeId) as Decision;
}

/** As the log has it: what JSON cannot hold is null there. */
function reasonText(reason: Reason): string {
  return canonicalJson(JSON.parse(JSON.stringify(reason)) as JsonValue);
}

/**
 * Whether what the alarm and the drift signals remember follows from the result before and from this one.
 *
 * @param before the result before; absent: there was none
 */
export function checkWatch(
  policy: Policy,
  className: string | undefined,
  result: JudgedResult,
  before: JudgedResult | undefined,
  findings: Findings,
): void {
  const drift = nextDrift(policy, before?.benchmark.drift, result.benchmark, className);
  if (textOf(drift) !== textOf(result.benchmark.drift))
    throw new Refutation(
      'alarm',
      'watch_differs',
      'what the drift signals remember does not follow from the two results',
    );
  // After its own denial an alarm begins anew.
  const possible = [before?.watch, undefined].map((known) =>
    textOf(nextWatch(policy, known, result.benchmark, className)),
  );
  if (!possible.includes(textOf(result.watch)))
    throw new Refutation(
      'alarm',
      'watch_differs',
      'what the alarm remembers does not follow from the two results',
    );
  findings.shown('alarm', 'what the policy remembers of results follows from this one and the one before');
}

const textOf = (remembered: object | undefined): string =>
  remembered === undefined ? '' : canonicalJson(JSON.parse(JSON.stringify(remembered)) as JsonValue);
