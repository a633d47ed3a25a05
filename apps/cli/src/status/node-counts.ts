// How many nodes stand in which way. A node can be counted several times: one that is in may be declining, on
// probation and unreachable.

import type { NodeSummary } from '@mesh/protocol';

/** Nodes report every 30 s. One that was silent for three intervals is taken for unreachable. */
const SILENT_AFTER_MS = 100_000;

export const nodeStates = [
  'in',
  'probation',
  'declining',
  'cut',
  'unreachable',
  'unknown',
  'pending',
  'quarantined',
  'revoked',
] as const;
export type NodeState = (typeof nodeStates)[number];

export type NodeCounts = Readonly<Record<NodeState, number>> & { readonly total: number };

/** @param nowMs by the controller's clock, in milliseconds since 1970 */
export function isInState(node: NodeSummary, state: NodeState, nowMs: number): boolean {
  const isIn = node.membership === 'ALLOWED';
  switch (state) {
    case 'in':
      return isIn;
    case 'probation':
      return isIn && node.probation_until_epoch !== null;
    case 'declining':
      return isIn && node.declining;
    case 'cut':
      return node.status === 'active' && node.membership === 'DENIED';
    case 'unreachable':
      return node.reason_code === 'unreachable' || (isIn && isSilent(node, nowMs));
    case 'unknown':
      return node.status === 'active' && node.membership === 'UNKNOWN';
    case 'pending':
    case 'quarantined':
    case 'revoked':
      return node.status === state;
  }
}

export function isSilent({ last_seen_at: seen }: NodeSummary, nowMs: number): boolean {
  return seen === null || nowMs - Date.parse(seen) > SILENT_AFTER_MS;
}

/** @param nowMs by the controller's clock, in milliseconds since 1970 */
export function countNodes(nodes: readonly NodeSummary[], nowMs: number): NodeCounts {
  const counted = nodeStates.map((state) => [
    state,
    nodes.filter((node) => isInState(node, state, nowMs)).length,
  ]);
  return { total: nodes.length, ...Object.fromEntries(counted) } as NodeCounts;
}
