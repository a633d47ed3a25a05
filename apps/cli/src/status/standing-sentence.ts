// How a node stands, in one sentence for people: "node-c is out: overall 0.40 is below 0.70".

import type { NodeSummary } from '@mesh/protocol';

type Standing = Pick<
  NodeSummary,
  'node_id' | 'status' | 'membership' | 'reason' | 'declining' | 'probation_until_epoch' | 'quarantined_until'
>;

export function standingSentence(node: Standing): string {
  return `${node.node_id} ${standing(node)}`;
}

function standing({ status, membership, reason, quarantined_until: until, ...node }: Standing): string {
  switch (status) {
    case 'revoked':
      return 'is out for good: it was revoked';
    case 'quarantined':
      return `is out: it is quarantined until ${until ?? 'an operator releases it'}`;
    case 'pending':
      return 'is out: it waits until an operator approves it';
    case 'active':
      break;
  }
  if (membership === 'UNKNOWN') return `has not been in yet: ${reason}`;
  if (membership === 'DENIED') return `is out: ${reason}`;
  const { declining, probation_until_epoch: epoch } = node;
  const but = [
    ...(declining ? ['declining'] : []),
    ...(epoch === null ? [] : [`on probation until epoch ${epoch}`]),
  ];
  return `is in${but.length === 0 ? '' : ` (${but.join(', ')})`}: ${reason}`;
}
