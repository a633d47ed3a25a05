// GET /v1/told/{node_id}: what the log says that the node was told, with the proofs.

import { parseEpochId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import { type ProveToldPorts, proveTold } from '../../publish/prove-told.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { wholeNumber } from '../receive/whole-number.ts';

export type ToldPorts = ProveToldPorts;

export function toldRoute(ports: ToldPorts): Handler<NodesEnv> {
  return (context) => {
    const { nodeId } = context.get('node');
    // Epochs are counted from 1.
    const epochId = parseEpochId(Math.max(1, wholeNumber(context, 'epoch', 1, Number.MAX_SAFE_INTEGER)));
    const from = wholeNumber(context, 'from', 0, Number.MAX_SAFE_INTEGER);
    const text = proveTold(ports, { nodeId, epochId, from });
    if (text === undefined)
      throw new ProblemError(problem('not_ready', 'the first head of the log is being signed'), 1);
    return context.body(text, 200, { 'content-type': 'application/json' });
  };
}
