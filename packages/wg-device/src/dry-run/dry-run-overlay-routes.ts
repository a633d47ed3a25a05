// Overlay routes of interfaces that do not exist. Prints each change as one line.

import type { Cidr, InterfaceName } from '@mesh/wg';
import type { OverlayRoutes } from '../port/overlay-routes.ts';

export function createDryRunOverlayRoutes(writeLine: (line: string) => void): OverlayRoutes {
  let carrier: InterfaceName | undefined;
  let kept: ReadonlySet<Cidr> = new Set();
  const print = (interfaceName: string, line: string) => writeLine(`[dry run] ${interfaceName}: ${line}`);
  return {
    read: async () => carrier,
    async switchTo(interfaceName) {
      if (carrier !== interfaceName) print(interfaceName, 'take over the overlay’s routes');
      carrier = interfaceName;
    },
    async look({ interfaceName, blocks }) {
      if (blocks === undefined) return { foreign: [], strays: [] };
      const wanted = new Set(blocks);
      for (const block of wanted) if (!kept.has(block)) print(carrier ?? interfaceName, `route ${block}`);
      for (const block of kept) if (!wanted.has(block)) print(carrier ?? interfaceName, `no route ${block}`);
      kept = wanted;
      return { foreign: [], strays: [] };
    },
    acceptFromEither: async () => true,
  };
}
