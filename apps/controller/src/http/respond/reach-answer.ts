// What is answered to somebody who asks whether one node may send to another: the ends, the rule in each
// direction, and what both report of their tunnel.

import {
  endpointOf,
  type MembershipIndex,
  type NodeRecord,
  type Reach,
  reachOf,
  tunnelEndOf,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { ReachAnswer } from '@mesh/protocol';
import type { ProbationTunnels } from '../../publish/probation-tunnels.ts';
import type { NodeDetailPorts } from './node-summary.ts';
import { pairFiguresOf } from './pair-figures.ts';

export type ReachPorts = NodeDetailPorts & {
  readonly members: MembershipIndex;
  readonly tunnels: Pick<ProbationTunnels, 'peersOf'>;
};

export function reachAnswer(ports: ReachPorts, from: NodeRecord, to: NodeRecord): ReachAnswer {
  const epochId = ports.publication.version().epochId;
  const [there, back] = [directionOf(ports, from, to), directionOf(ports, to, from)];
  const isPair = there.rule === 'peers' && back.rule === 'peers';
  return {
    ends: [endOf(ports, from), endOf(ports, to)],
    directions: [there, back],
    limit_bits_per_second: ports.pairLimits.between(from, to, epochId) ?? null,
    tunnel: [tunnelOf(ports, from, to, isPair), tunnelOf(ports, to, from, isPair)],
  };
}

function endOf({ standing, addresses }: ReachPorts, node: NodeRecord): ReachAnswer['ends'][number] {
  const { membership, reason } = standing(node);
  const endpoint = endpointOf(
    node,
    addresses.networks.map(({ cidr }) => cidr),
  );
  return { node_id: node.nodeId, class: node.class, status: node.status, membership, reason, endpoint };
}

function directionOf(ports: ReachPorts, from: NodeRecord, to: NodeRecord) {
  const reach = reachOf(ports.members, ports.tunnels.peersOf(from), from, to);
  return {
    from: from.nodeId,
    to: to.nodeId,
    allowed: reach.allowed,
    rule: reach.rule,
    sentence: sentenceOf(ports, reach, from, to),
    port: 'port' in reach ? reach.port : null,
  };
}

function sentenceOf({ standing, view }: ReachPorts, reach: Reach, from: NodeRecord, to: NodeRecord): string {
  switch (reach.rule) {
    case 'peers':
      return from.class === to.class
        ? `both are in, and nodes of class ${from.class} are peers`
        : `both are in, and the classes ${from.class} and ${to.class} are peers`;
    case 'peer_groups':
      return `no group of peer_groups holds both classes, ${from.class} and ${to.class}`;
    case 'probation_tunnel':
      return `${from.nodeId} examines ${to.nodeId}, at port ${reach.port} alone`;
    case 'probation_answers':
      return `${from.nodeId} is examined by ${to.nodeId}: it answers, and begins nothing`;
    case 'not_in':
      return reach.out
        .map((nodeId) => {
          const node = view.node(nodeId);
          return node === undefined ? `${nodeId} is gone` : `${nodeId} is out: ${standing(node).reason}`;
        })
        .join('; ');
    default:
      return reach satisfies never;
  }
}

/** @param isPair whether both are in now; what was measured before says nothing of a pair that is cut */
function tunnelOf({ applied, clock }: ReachPorts, node: NodeRecord, peer: NodeRecord, isPair: boolean) {
  const end = tunnelEndOf(applied.of(node.nodeId), peer.nodeId, Math.floor(clock.nowMs()));
  if (end === undefined) return null;
  return {
    node_id: node.nodeId,
    since: formatRfc3339(Math.floor(end.sinceMs)),
    epoch_id: end.epochId ?? null,
    handshake_age_ms: end.handshakeAgeMs ?? null,
    state: end.health,
    figures: isPair ? pairFiguresOf(end.measured) : null,
  };
}
