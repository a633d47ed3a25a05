// Which nodes a list shows.

import type { NodeSummary } from '@mesh/protocol';
import { isInState, type NodeState } from './node-counts.ts';

export interface NodeFilters {
  readonly class?: string;
  readonly state?: NodeState;
  /** Nodes whose overall score is lower. Those without a result have none, and are left out. */
  readonly below?: number;
  /** Found in an id, a class, an address, an endpoint or a reason, whatever the case. */
  readonly search?: string;
}

/** @param nowMs by the controller's clock, in milliseconds since 1970; only a state needs it */
export function selectNodes(
  nodes: readonly NodeSummary[],
  filters: NodeFilters,
  nowMs: number,
): NodeSummary[] {
  const { class: className, state, below, search } = filters;
  return nodes.filter((node) => {
    if (className !== undefined && node.class !== className) return false;
    if (state !== undefined && !isInState(node, state, nowMs)) return false;
    if (below !== undefined && !((node.last_benchmark?.overall ?? below) < below)) return false;
    return search === undefined || textOf(node).includes(search.toLowerCase());
  });
}

function textOf(node: NodeSummary): string {
  return [node.node_id, node.class, ...node.addresses, node.endpoint ?? '', node.reason]
    .join('\n')
    .toLowerCase();
}
