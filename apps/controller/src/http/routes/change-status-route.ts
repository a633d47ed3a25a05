// POST /v1/nodes/{node_id}/quarantine, /release and /revoke, on the administration socket.

import { type MeshView, quarantineOrRevoke, type StatusChange } from '@mesh/membership';
import { reasonRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { existingNode } from '../receive/existing-node.ts';
import { readMessage } from '../receive/read-message.ts';
import { type NodeSummaryPorts, nodeSummaryOf } from '../respond/node-summary.ts';

export interface ChangeStatusPorts extends NodeSummaryPorts {
  readonly view: MeshView;
  readonly judge: Judge;
}

export function changeStatusRoute(
  change: StatusChange['change'],
): (ports: ChangeStatusPorts) => Handler<AdminEnv> {
  return (ports) => async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    await ports.judge.run(
      quarantineOrRevoke({ change, nodeId, why: message.reason, actor: context.get('caller').actor }),
    );
    return context.json(nodeSummaryOf(ports, existingNode(ports.view, nodeId)));
  };
}
