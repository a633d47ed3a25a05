// What a node's own reports say of its tunnel, against the policy: a tunnel that has failed for too long denies the node,
// one that works again lets it back at the next boundary.

import type { NodeId } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { FailingTunnel } from '../observations/applied-reports.ts';
import type { NodeRecord } from '../state/mesh-state.ts';
import { withDecision } from './decide-node.ts';
import { type Command, done } from './outcome.ts';

/** @param failing what the node's newest report says; undefined: its tunnel works */
export function noteReachability(nodeId: NodeId, failing: FailingTunnel | undefined): Command<undefined> {
  return (view, context) => {
    const node = view.node(nodeId);
    const event = node && reachabilityChange(node, failing, context);
    return done(event === undefined ? [] : withDecision(view, context, nodeId, [event]), undefined);
  };
}

/** What of a node's record its newest report changes; undefined: nothing. */
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
