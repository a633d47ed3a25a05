// POST /v1/applied/{node_id}: which config a node has applied, and the state of its tunnels.

import type { Clock } from '@mesh/host';
import type { AppliedReports, MeshView } from '@mesh/membership';
import { differingEnds, findSequenceObjection, noteReachability, reachabilityChange } from '@mesh/membership';
import type { NodeId, Sha256Hex } from '@mesh/primitives';
import {
  type AppliedAnswer,
  appliedMessage,
  FIGURES_VERSION,
  MAX_APPLIED_BYTES,
  ProblemError,
} from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { MemberCosignatures } from '../../publish/member-cosignatures.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';

export interface AppliedPorts extends ReceivePorts {
  readonly applied: AppliedReports;
  readonly judge: Judge;
  readonly view: MeshView;
  readonly policy: () => Policy;
  readonly clock: Clock;
  readonly memberCosignatures: Pick<MemberCosignatures, 'take'>;
}

export function appliedRoute(ports: AppliedPorts): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message, sha256 } = await receiveSigned(
      ports,
      'applied',
      context,
      appliedMessage,
      MAX_APPLIED_BYTES,
    );
    const { applied, clock } = ports;
    const nowMs = Math.floor(clock.nowMs());
    const objection = findSequenceObjection(message.sequence, applied.of(node.nodeId)?.sequence ?? 0, nowMs);
    if (objection !== undefined) throw new ProblemError(objection);
    applied.take(message, nowMs);
    if (message.log_cosignature !== undefined) ports.memberCosignatures.take(node, message.log_cosignature);
    await noteChange(ports, { nodeId: node.nodeId, sha256 }, nowMs);
    const answer: AppliedAnswer = {
      status: 'received',
      node_id: node.nodeId,
      server_time_ms: clock.nowMs(),
      differing: differingEnds(message, (nodeId) => applied.of(nodeId), nowMs),
      reads_figures: FIGURES_VERSION,
    };
    return context.json(answer);
  };
}

/** Journals a change of the reported state. Most reports change nothing. */
async function noteChange(
  { applied, judge, policy, view }: AppliedPorts,
  { nodeId, sha256 }: { readonly nodeId: NodeId; readonly sha256: Sha256Hex },
  nowMs: number,
): Promise<void> {
  const failing = applied.of(nodeId)?.failingTunnel;
  const node = view.node(nodeId);
  if (node === undefined || reachabilityChange(node, failing, { nowMs, policy: policy() }) === undefined)
    return;
  await judge.run(noteReachability(nodeId, failing, sha256));
}
