// GET /v1/nodes/{node_id}/explanation, on the administration socket: every rule that a node is held to.

import {
  type CommandContext,
  evidenceOf,
  type MeshView,
  type NodeRecord,
  type Standing,
} from '@mesh/membership';
import type { NodeExplanation } from '@mesh/protocol';
import { explainNode } from '@mesh/scoring';
import type { Handler } from 'hono';
import { existingNode } from '../receive/existing-node.ts';

export interface ExplainNodePorts {
  readonly view: MeshView;
  readonly standing: (node: NodeRecord) => Standing;
  readonly journal: { context(): CommandContext };
}

export function explainNodeRoute({ view, standing, journal }: ExplainNodePorts): Handler {
  return (context) => {
    const node = existingNode(view, context.req.param('node_id'));
    const { policy, nowMs, stalenessWaived } = journal.context();
    const { membership, reason, reasonCode } = standing(node);
    const answer: NodeExplanation = {
      node_id: node.nodeId,
      class: node.class,
      membership,
      reason_code: reasonCode,
      reason,
      policy_version: view.policies().active?.version ?? 0,
      rules: explainNode(policy, evidenceOf(node), nowMs, stalenessWaived).map(
        ({ rule, decides, met, sentence }) => ({ rule, decides, met, sentence }),
      ),
    };
    return context.json(answer);
  };
}
