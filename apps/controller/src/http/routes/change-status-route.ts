// POST /v1/nodes/{node_id}/quarantine, /release and /revoke, on the administration socket.

import { type MeshView, quarantineOrRevoke, type StatusChange } from '@mesh/membership';
import { quarantineRequest, reasonRequest } from '@mesh/protocol';
import type { Context, Handler } from 'hono';
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
  change: 'release' | 'revoke',
): (ports: ChangeStatusPorts) => Handler<AdminEnv> {
  return (ports) => async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    return changeStatus(context, { change, why: message.reason }, ports);
  };
}

export function quarantineRoute(ports: ChangeStatusPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, quarantineRequest);
    const forMs = message.for_seconds === undefined ? undefined : message.for_seconds * 1000;
    return changeStatus(context, { change: 'quarantine', why: message.reason, forMs }, ports);
  };
}

async function changeStatus(
  context: Context<AdminEnv>,
  change: Pick<StatusChange, 'change' | 'why' | 'forMs'>,
  ports: ChangeStatusPorts,
): Promise<Response> {
  const nodeId = context.req.param('node_id') ?? '';
  await ports.judge.run(quarantineOrRevoke({ ...change, nodeId, actor: context.get('caller').actor }));
  return context.json(nodeSummaryOf(ports, existingNode(ports.view, nodeId)));
}
