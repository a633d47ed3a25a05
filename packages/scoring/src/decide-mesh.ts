// Decides about all nodes at once, by the rule of the moment: at a freeze, nodes may come and go; in between,
// they can only go.

import { defined, type NodeId } from '@mesh/primitives';
import { barOf } from './bar.ts';
import { type Decision, evaluate, evaluateWaivingStaleness } from './evaluate-node.ts';
import type { Evidence } from './evidence.ts';
import { intervalOf } from './judge-score.ts';
import type { Policy } from './policy.ts';
import { ScoringError } from './scoring-error.ts';

export interface MeshQuestion {
  /**
   * `freeze`: the admission set of the next epoch is fixed, and every node gets its full evaluation.
   * `instant`: something that could deny has arrived; a node that is not admitted stays out until the next
   * freeze, however good its benchmark is.
   */
  readonly kind: 'freeze' | 'instant';
  readonly policy: Policy;
  readonly nodes: Iterable<{ readonly nodeId: NodeId; readonly evidence: Evidence }>;
  readonly nowMs: number;
  /** Whether admitted nodes are spared from staleness now, after a start or a detected clock jump. */
  readonly stalenessWaived: boolean;
}

/**
 * Decides about every given node, each separately: the order of the nodes changes only the order of the
 * result. An instant question may cover only the nodes concerned.
 *
 * @throws ScoringError `duplicate_node` if a node is given twice, `invalid_time` for a broken `nowMs`
 */
export function decideMesh(question: MeshQuestion): Map<NodeId, Decision> {
  const judge = question.stalenessWaived ? evaluateWaivingStaleness : evaluate;
  const decisions = new Map<NodeId, Decision>();
  for (const { nodeId, evidence } of question.nodes) {
    if (decisions.has(nodeId)) {
      throw new ScoringError('duplicate_node', `node ${nodeId} is listed twice: give each node once`);
    }
    const decision = judge(question.policy, evidence, question.nowMs);
    decisions.set(
      nodeId,
      question.kind === 'freeze' ? decision : onlyDeny(decision, evidence, question.policy),
    );
  }
  return decisions;
}

/**
 * Reduces a full evaluation to what an instant decision may do. A node that is in may begin or stop
 * declining.
 */
function onlyDeny(decision: Decision, evidence: Evidence, policy: Policy): Decision {
  if (!decision.allowed || evidence.membership === 'admitted') return decision;
  const overall = evidence.latest?.scores.overall ?? Number.NaN;
  const threshold = barOf(policy, decision.class)?.threshold ?? Number.NaN;
  return {
    allowed: false,
    standing: 'denied',
    class: decision.class,
    reason: {
      code: 'waits_for_boundary',
      overall,
      threshold,
      ...defined({ interval: evidence.latest && intervalOf(policy, evidence.latest, 'overall') }),
    },
  };
}
