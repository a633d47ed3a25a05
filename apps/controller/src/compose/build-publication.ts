// Builds the index of members, their pairs and pair limits, and what publishes changes of these to the nodes.

import {
  endpointOf,
  MembershipIndex,
  type NodeRecord,
  PairLimits,
  Peering,
  type Standing,
  standingOf,
} from '@mesh/membership';
import type { PskDeriver } from '../keys/psk-deriver.ts';
import { ProbationTunnels } from '../publish/probation-tunnels.ts';
import { Publication } from '../publish/publication.ts';
import { Waiters } from '../publish/waiters.ts';
import { type OverlayNetwork, parseOverlayNetwork } from '../trust/address-pool.ts';
import type { Storage } from './open-storage.ts';
import type { Platform } from './platform.ts';

export interface Published {
  readonly networks: readonly OverlayNetwork[];
  readonly peering: Peering;
  readonly members: MembershipIndex;
  readonly pairLimits: PairLimits;
  readonly waiters: Waiters;
  readonly publication: Publication;
  readonly tunnels: ProbationTunnels;
  readonly standing: (node: NodeRecord) => Standing;
}

/** @param deriver makes the keys of what is published */
export function buildPublication(
  { config, clock }: Platform,
  { view, journal, startLimits: { limits } }: Storage,
  deriver: PskDeriver,
): Published {
  const networks = config.networks.map(parseOverlayNetwork);
  const overlayNetworks = networks.map(({ cidr }) => cidr);
  const peering = new Peering(config.peer_groups);
  const members = new MembershipIndex(peering);
  const pairLimits = new PairLimits(
    limits,
    (node) => members.isDeclining(node),
    (node) => members.isLimitedByBrake(node),
  );
  journal.noteInFlight({ cuts: members.unconfirmedCuts(), holds: members.unconfirmedHolds() });
  const waiters = new Waiters(() => deriver.whenRoom());
  const publication = new Publication({
    endpointOf: (node) => endpointOf(node, overlayNetworks),
    view,
    members,
    waiters,
    pairLimits,
    counterStart: journal.head().size,
  });
  const tunnels = new ProbationTunnels({
    view,
    members,
    publication,
    rule: () => journal.context().policy.exams,
    nowMs: () => clock.nowMs(),
  });
  const standing = (node: NodeRecord) =>
    standingOf(
      node,
      {
        cut: members.cutReason(node.nodeId),
        decline: members.declineReason(node.nodeId),
        hold: members.unconfirmedHolds().get(node.nodeId),
      },
      journal.context(),
    );
  return { networks, peering, members, pairLimits, waiters, publication, tunnels, standing };
}
