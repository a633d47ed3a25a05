// Do this host's networks collide with the overlay's?

import { type Cidr, cidrCovers } from '@mesh/wg';
import type { ForeignRoute } from '@mesh/wg-device';
import { type Finding, failed, ok, skipped, warning, worstOf } from './finding.ts';

export interface OverlayInput {
  /** Empty while the node is not enrolled. */
  readonly networks: readonly Cidr[];
  /** What other interfaces and routes have in common with them. */
  readonly foreign: readonly ForeignRoute[];
  /** The setting `routes.overlap`. */
  readonly onOverlap: 'host-routes' | 'refuse';
}

export function checkOverlay({ networks, foreign, onOverlap }: OverlayInput): Finding {
  if (networks.length === 0) return skipped('the networks of the overlay are known after mesh-agent enrol');
  return worstOf(
    foreign.map((route) => judge(route, networks, onOverlap)),
    ok(`nothing else on this host uses ${networks.join(' or ')}`),
  );
}

function judge(
  route: ForeignRoute,
  networks: readonly Cidr[],
  onOverlap: OverlayInput['onOverlap'],
): Finding {
  const { kind, prefix, block, interfaceName } = route;
  const what = `${kind} ${prefix} on ${interfaceName ?? 'this host'}`;
  if (kind === 'route' && networks.includes(block))
    return failed(
      `the overlay ${block} is already routed to ${interfaceName ?? 'something else'} and the agent will refuse it (route_conflict): remove that route, or have the mesh use another network`,
    );
  if (networks.some((network) => cidrCovers(network, block))) {
    const say = onOverlap === 'refuse' ? failed : warning;
    const effect =
      onOverlap === 'refuse'
        ? 'no peer is let on (routes.overlap: refuse)'
        : "peers keep their own routes, and hosts there that have a peer's address cannot be reached";
    return say(`the ${what} lies within the overlay: ${effect}; give that network another block`);
  }
  return warning(
    `the ${what} contains the overlay ${networks.join(', ')}: hosts there with such an address cannot be reached; have the mesh use another network`,
  );
}
