// POST /v1/nodes/{node_id}/reset-sequence, on the administration socket

import { type AppliedReports, type MeshView, resetSequence } from '@mesh/membership';
import { reasonRequest, type SequenceKind, type SequenceReset } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { existingNode } from '../receive/existing-node.ts';
import { readMessage } from '../receive/read-message.ts';

export interface ResetSequencePorts {
  readonly view: MeshView;
  readonly applied: AppliedReports;
  readonly judge: Judge;
}

export function resetSequenceRoute({ view, applied, judge }: ResetSequencePorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const named = context.req.param('node_id') ?? '';
    const node = view.node(named);
    const events = await judge.run(
      resetSequence({
        nodeId: named,
        appliedSequence: (node && applied.of(node.nodeId)?.sequence) ?? 0,
        why: message.reason,
        actor: context.get('caller').actor,
      }),
    );
    const reset = events.find((event) => event.type === 'sequences_reset');
    if (reset !== undefined) applied.lowerSequence(reset.nodeId, reset.to);
    const answer: SequenceReset = {
      node_id: existingNode(view, named).nodeId,
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
