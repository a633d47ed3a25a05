// Takes a decision again from what the log has, by the functions that took it, and compares.

import { canonicalJson, type JsonValue, type NodeId } from '@mesh/primitives';
import { type Decision, decideMesh, describeReason, type Policy, type Reason } from '@mesh/scoring';
import { evidenceFrom, type JudgedResult, type JudgedState } from '../judged-state.ts';
import type { LoggedEntry } from './check-entries.ts';
import { type Findings, orRefute, Refutation } from './findings.ts';

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
}

export function checkDecision(
  decision: LoggedDecision,
  policy: Policy,
  judged: JudgedState,
  result: JudgedResult | undefined,
  findings: Findings,
): void {
  const now = orRefute('decision', 'decision_differs', () => replay(decision, policy, judged, result));
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
