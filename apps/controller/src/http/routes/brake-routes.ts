// GET /v1/brake and POST /v1/brake/end: of the administration.

import {
  type CommandContext,
  endBrake,
  heldNodes,
  type MeshView,
  type NodeRecord,
  officersAuthoriseBrakeEnd,
  type Standing,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import { type BrakeStatus, endBrakeRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { ControllerConfig } from '../../settings/config.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface BrakePorts {
  readonly config: Pick<ControllerConfig, 'brake'>;
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
  readonly standing: (node: NodeRecord) => Standing;
}

export interface EndBrakePorts extends BrakePorts {
  readonly judge: Judge;
}

export function brakeRoute(ports: BrakePorts): Handler {
  return (context) => context.json(statusOf(ports));
}

export function endBrakeRoute(ports: EndBrakePorts): Handler<AdminEnv> {
  const { judge } = ports;
  return async (context) => {
    const { message } = await readMessage(context, endBrakeRequest);
    const { decision, reason: why, for_seconds: seconds } = message;
    const { actor } = context.get('caller');
    await judge.run(endBrake({ decision, forMs: seconds * 1000, why, actor }, officersAuthoriseBrakeEnd));
    return context.json(statusOf(ports));
  };
}

function statusOf({ config, view, journal, standing }: BrakePorts): BrakeStatus {
  const { share, at_least, window_seconds, hold_seconds } = config.brake;
  return {
    settings: { share, at_least, window_seconds, hold_seconds },
    held: heldNodes(view, journal.context()).map((node) => ({
      node_id: node.nodeId,
      cause: node.hold?.cause ?? '',
      reason: standing(node).reason,
      held_since: formatRfc3339(node.heldSinceMs ?? 0),
      until: formatRfc3339(node.hold?.untilMs ?? 0),
      limited: node.hold?.limited ?? false,
    })),
  };
}
