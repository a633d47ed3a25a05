// Compares what a node reports of its own tunnel with the policy. A tunnel that has failed for too long
// denies the node. Once it works again, the next freeze can admit the node.

import type { NodeId } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { FailingTunnel } from '../observations/applied-reports.ts';
import type { NodeRecord } from '../state/records.ts';
import { withDecision } from './decide-node.ts';
import { type Command, done } from './outcome.ts';

/** @param failing what the node's newest report says; undefined if its tunnel works */
export function noteReachability(nodeId: NodeId, failing: FailingTunnel | undefined): Command {
  return (view, context) => {
    const node = view.node(nodeId);
    const event = node && reachabilityChange(node, failing, context);
    return done(event === undefined ? [] : withDecision(view, context, nodeId, [event]));
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
