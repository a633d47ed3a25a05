// POST /v1/nodes/{node_id}/reset-sequence, on the administration socket

import { type AppliedReports, type MeshView, resetSequence } from '@mesh/membership';
import { type SequenceKind, type SequenceReset, standingRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge.ts';
import { readMessage } from '../read-message.ts';

export interface ResetSequencePorts {
  readonly view: MeshView;
  readonly applied: AppliedReports;
  readonly judge: Judge;
}

export function resetSequenceRoute({ view, applied, judge }: ResetSequencePorts): Handler {
  return async (context) => {
    const { message } = await readMessage(context, standingRequest);
    const named = context.req.param('node_id') ?? '';
    const node = view.node(named);
    const { nodeId, lowered, to } = await judge.run(
      resetSequence({
        nodeId: named,
        appliedSequence: (node && applied.of(node.nodeId)?.sequence) ?? 0,
        why: message.reason,
        actor: { kind: 'operator' },
      }),
    );
    applied.lowerSequence(nodeId, to);
    const answer: SequenceReset = {
      node_id: nodeId,
      lowered: Object.entries(lowered).map(([kind, from]) => ({ kind: kind as SequenceKind, from, to })),
    };
    return context.json(answer);
  };
}
