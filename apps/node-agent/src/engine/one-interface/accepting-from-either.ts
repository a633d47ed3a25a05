// A tunnel whose interface takes packets whose answers leave by another interface of this agent.

import { LogField, type Logger } from '@mesh/host';
import type { InterfaceName } from '@mesh/wg';
import type { OverlayRoutes, Tunnel } from '@mesh/wg-device';

/** @param interfaceNames those that share the overlay's traffic for a while, and that of the tunnel */
export function acceptingFromEither(
  tunnel: Tunnel,
  interfaceNames: readonly InterfaceName[],
  { routes, logger }: { readonly routes: Pick<OverlayRoutes, 'acceptFromEither'>; readonly logger: Logger },
): Tunnel {
  return {
    ...tunnel,
    up: async (wanted) => {
      const report = await tunnel.up(wanted);
      for (const interfaceName of interfaceNames) {
        if (await routes.acceptFromEither(interfaceName)) continue;
        logger.warn(
          { [LogField.interfaceName]: interfaceName },
          'the reverse path filter could not be set to loose: packets may be lost while tunnels move (sysctl net.ipv4.conf.*.rp_filter=2)',
        );
      }
      return report;
    },
  };
}
