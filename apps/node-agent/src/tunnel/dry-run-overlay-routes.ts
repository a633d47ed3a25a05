// Overlay routes of interfaces that are not there: each change as one line.

import type { InterfaceName } from '@mesh/wg';
import type { OverlayRoutes } from './overlay-routes.ts';

export function createDryRunOverlayRoutes(writeLine: (line: string) => void): OverlayRoutes {
  let carrier: InterfaceName | undefined;
  return {
    read: async () => carrier,
    async switchTo(interfaceName) {
      if (carrier !== interfaceName) writeLine(`[dry run] ${interfaceName}: take over the overlay’s routes`);
      carrier = interfaceName;
    },
    acceptFromEither: async () => true,
  };
}
