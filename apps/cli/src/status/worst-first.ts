// The order of top: the node that needs a look first comes first.

import type { NodeSummary } from '@mesh/protocol';

export const orders = ['score', 'handshake', 'seen', 'traffic', 'rtt', 'loss'] as const;
export type Order = (typeof orders)[number];

/**
 * - `score`: the lowest overall score first, nodes without a result last.
 * - `handshake`: tunnels without a handshake first, then the oldest handshake, nodes without a report last.
 * - `seen`: who was not heard for the longest time first.
 * - `traffic`: who receives and sends most first; `rtt`: whose slowest pair is slowest first; `loss`: pairs
 *   without an answer to probes first, then the largest loss. Nodes that do not say come last.
 *
 * Nodes that are revoked are left out. Where two are equal, their ids decide.
 */
export function worstFirst(nodes: readonly NodeSummary[], order: Order): NodeSummary[] {
  const rank = RANKS[order];
  return nodes
    .filter(({ status }) => status !== 'revoked')
    .map((node) => [rank(node), node] as const)
    .sort(([one, a], [other, b]) => compare(one, other) || (a.node_id < b.node_id ? -1 : 1))
    .map(([, node]) => node);
}

/** The lowest number first, by the first number that differs. */
const RANKS: Readonly<Record<Order, (node: NodeSummary) => readonly number[]>> = {
  score: ({ last_benchmark: benchmark }) => [benchmark?.overall ?? Number.POSITIVE_INFINITY],
  handshake: ({ tunnels }) => [
    -(tunnels?.without_handshake ?? 0),
    tunnels == null ? Number.POSITIVE_INFINITY : -(tunnels.oldest_handshake_ms ?? 0),
  ],
  traffic: ({ tunnels }) => {
    const { received = null, sent = null } = tunnels?.figures ?? {};
    return [received === null && sent === null ? Number.POSITIVE_INFINITY : -((received ?? 0) + (sent ?? 0))];
  },
  rtt: ({ tunnels }) => [-(tunnels?.figures?.rtt_ms ?? Number.NEGATIVE_INFINITY)],
  loss: ({ tunnels }) => [
    -(tunnels?.figures?.without_answer ?? 0),
    -(tunnels?.figures?.loss ?? Number.NEGATIVE_INFINITY),
  ],
  seen: ({ last_seen_at: seen }) => [seen === null ? Number.NEGATIVE_INFINITY : Date.parse(seen)],
};

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at === -1 ? 0 : (one[at] ?? 0) < (other[at] ?? 0) ? -1 : 1;
}
