// POST /v1/nodes/{node_id}/reset-sequence, on the administration socket

import { type AppliedReports, resetSequence } from '@mesh/membership';
import { type SequenceKind, type SequenceReset, standingRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge.ts';
import { readMessage } from '../read-message.ts';

export interface ResetSequencePorts {
  readonly applied: AppliedReports;
  readonly judge: Judge;
}

export function resetSequenceRoute({ applied, judge }: ResetSequencePorts): Handler {
  return async (context) => {
    const { message } = await readMessage(context, standingRequest);
    const nodeId = context.req.param('node_id') ?? '';
    const { lowered, to } = await judge.run(
      resetSequence({
        nodeId,
        appliedSequence: applied.of(nodeId)?.sequence ?? 0,
        why: message.reason,
        actor: { kind: 'operator' },
      }),
    );
    applied.lowerSequence(nodeId, to);
    const answer: SequenceReset = {
      // The command has found a node of this name.
      node_id: nodeId as SequenceReset['node_id'],
      lowered: Object.entries(lowered).map(([kind, from]) => ({ kind: kind as SequenceKind, from, to })),
    };
    return context.json(answer);
  };
}
