// Compares what a node reports of its own tunnel with the policy. A tunnel that has failed for too long
// denies the node. Once it works again, the next freeze can admit the node.

import type { NodeId, Sha256Hex } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { FailingTunnel } from '../observations/applied-reports.ts';
import type { NodeRecord } from '../state/records.ts';
import { withDecision } from './decide-node.ts';
import { type Command, done } from './outcome.ts';

/**
 * @param failing what the node's newest report says; undefined if its tunnel works
 * @param messageSha256 of the report as it was received
 */
export function noteReachability(
  nodeId: NodeId,
  failing: FailingTunnel | undefined,
  messageSha256?: Sha256Hex,
): Command {
  return (view, context) => {
    const node = view.node(nodeId);
    const change = node && reachabilityChange(node, failing, context);
    if (change === undefined) return done([]);
    const event = change.type === 'node_unreachable' ? { ...change, messageSha256 } : change;
    return done(withDecision(view, context, nodeId, [event]));
  };
}

/** What a node's newest report changes in its record, as an event; undefined if it changes nothing. */
export function reachabilityChange(
  { nodeId, unreachableSinceMs }: Pick<NodeRecord, 'nodeId' | 'unreachableSinceMs'>,
  failing: FailingTunnel | undefined,
  { nowMs, policy }: { readonly nowMs: number; readonly policy: Pick<Policy, 'unreachableAfterMs'> },
): Extract<MeshEvent, { type: 'node_unreachable' | 'node_reachable' }> | undefined {
  if (failing === undefined)
    return unreachableSinceMs === undefined ? undefined : { type: 'node_reachable', nodeId };
  if (unreachableSinceMs !== undefined) return undefined;
  const { sinceMs, trouble } = failing;
  if (policy.unreachableAfterMs === undefined || nowMs - sinceMs < policy.unreachableAfterMs)
    return undefined;
  return { type: 'node_unreachable', nodeId, sinceMs, code: trouble.code, detail: trouble.reason };
}
