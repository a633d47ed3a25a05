// POST /v1/nodes/{node_id}/erase: of the administration.

import { cancelExamOf, eraseNodeDetails, type MeshView } from '@mesh/membership';
import { type NodeErasure, reasonRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { LogHead } from '../../store/log-writer.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface ErasePorts {
  readonly view: MeshView;
  readonly judge: Judge;
  readonly journal: { head(): LogHead };
  readonly erasures: { work(): Promise<void> };
}

/** Answers when the details are gone from the database's files. */
export function eraseRoute({ view, judge, journal, erasures }: ErasePorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    // An exam of it that is open would keep the grades that it has by now.
    await judge.run(cancelExamOf(nodeId, 'erased'));
    const { size: before } = journal.head();
    const events = await judge.run(
      eraseNodeDetails({
        nodeId,
        before,
        why: message.reason,
        actor: context.get('caller').actor,
      }),
    );
    const erased = events.find((event) => event.type === 'node_details_erased');
    if (erased === undefined) throw new Error('nothing was erased');
    await erasures.work();
    const answer: NodeErasure = {
      node_id: erased.nodeId,
      erased_before: before,
      keeps_newest: view.node(erased.nodeId)?.latest !== undefined,
    };
    return context.json(answer);
  };
}
