// A join token as the operator sees it: without its secret, of which the controller has only the hash.

import type { MeshView, TokenRecord } from '@mesh/membership';
import { formatRfc3339, type NodeId } from '@mesh/primitives';
import type { TokenSummary } from '@mesh/protocol';

type NodesByToken = ReadonlyMap<TokenRecord['tokenId'], readonly NodeId[]>;

/** The nodes whose last enrolment was with each token. */
export function nodesByToken(view: MeshView): NodesByToken {
  const nodes = new Map<TokenRecord['tokenId'], NodeId[]>();
  for (const { nodeId, tokenId } of view.nodes()) {
    const enrolled = nodes.get(tokenId);
    if (enrolled === undefined) nodes.set(tokenId, [nodeId]);
    else enrolled.push(nodeId);
  }
  return nodes;
}

export function tokenSummaryOf(token: TokenRecord, nodes: NodesByToken, nowMs: number): TokenSummary {
  return {
    token_id: token.tokenId,
    state: stateOf(token, nowMs),
    uses_left: token.usesLeft,
    class: token.class,
    node_id: token.nodeId ?? null,
    expires_at: formatRfc3339(token.expiresAtMs),
    approve: token.needsApproval,
    nodes: [...(nodes.get(token.tokenId) ?? [])],
  };
}

function stateOf({ isWithdrawn, expiresAtMs, usesLeft }: TokenRecord, nowMs: number): TokenSummary['state'] {
  if (isWithdrawn) return 'withdrawn';
  if (nowMs >= expiresAtMs) return 'expired';
  return usesLeft > 0 ? 'usable' : 'spent';
}
