// POST /v1/nodes/{node_id}/reset-sequence, on the administration socket

import { resetSequence } from '@mesh/membership';
import { reasonRequest, type SequenceKind, type SequenceReset } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Services } from '../../services.ts';
import { readMessage } from '../read-message.ts';

export function resetSequenceRoute({ applied, judge }: Services): Handler {
  return async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    const events = await judge.run(
      resetSequence({
        nodeId,
        appliedSequence: applied.of(nodeId)?.sequence ?? 0,
        why: message.reason,
        actor: { kind: 'operator' },
      }),
    );
    const reset = events.find((event) => event.type === 'sequences_reset');
    if (reset !== undefined) applied.lowerSequence(nodeId, reset.to);
    const answer: SequenceReset = {
      // The command has found a node of this name.
      node_id: nodeId as SequenceReset['node_id'],
      lowered:
        reset === undefined
          ? []
          : Object.entries(reset.lowered).map(([kind, from]) => ({
              kind: kind as SequenceKind,
              from,
              to: reset.to,
            })),
    };
    return context.json(answer);
  };
}
