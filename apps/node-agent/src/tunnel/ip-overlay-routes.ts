// Overlay routes by `ip route replace`, and the reverse path filter by /proc/sys.

import { readFile, writeFile } from 'node:fs/promises';
import type { Cidr, InterfaceName } from '@mesh/wg';
import { parseRoutes } from './ip-routes.ts';
import type { OverlayRoutes } from './overlay-routes.ts';
import { failedCommand, type RunCommand, runOrThrow } from './run-command.ts';
import { TunnelError } from './tunnel-error.ts';

export interface IpOverlayRoutesOptions {
  readonly run: RunCommand;
  readonly networks: readonly Cidr[];
  /** The two interfaces; a route of any other is a stranger's. */
  readonly interfaceNames: readonly InterfaceName[];
}

const FAMILIES = ['-4', '-6'] as const;
type Family = (typeof FAMILIES)[number];
/** Loose (RFC 3704, section 2.4): the source must be reachable, by whichever interface. */
const LOOSE = '2';

export function createIpOverlayRoutes(options: IpOverlayRoutesOptions): OverlayRoutes {
  const { run, interfaceNames } = options;
  const ours = new Set<string>(interfaceNames);
  const byFamily = FAMILIES.map((family) => ({
    family,
    networks: options.networks.filter((network) => network.includes(':') === (family === '-6')),
  })).filter(({ networks }) => networks.length > 0);

  /** Network → the device that it is routed to. */
  async function holders(family: Family): Promise<Map<Cidr, string>> {
    const routes = parseRoutes(
      await runOrThrow(run, 'ip', ['-json', family, 'route', 'show', 'table', 'main']),
      family,
    );
    return new Map(routes.map(({ destination, holder }) => [destination, holder]));
  }

  return {
    async read() {
      const found = new Set<string | undefined>();
      for (const { family, networks } of byFamily) {
        const held = await holders(family);
        for (const network of networks) found.add(held.get(network));
      }
      const [only] = found;
      return found.size === 1 ? interfaceNames.find((name) => name === only) : undefined;
    },

    async switchTo(interfaceName) {
      for (const { family, networks } of byFamily) {
        const held = await holders(family);
        for (const network of networks) {
          const holder = held.get(network);
          if (holder === undefined || ours.has(holder)) continue;
          throw new TunnelError(
            'route_conflict',
            `${network} is already routed to ${holder}: choose another overlay block or remove that route`,
          );
        }
        const args = [family, '-batch', '-'];
        const stdin = networks.map((network) => `route replace ${network} dev ${interfaceName}\n`).join('');
        const result = await run('ip', args, { stdin });
        if (result.exitCode !== 0) throw failedCommand('ip', args, result);
      }
    },

    async acceptFromEither(interfaceName) {
      // Of the two, the kernel takes the higher value; IPv6 has no such filter of its own.
      const [forAll, forThis] = ['all', interfaceName].map(
        (name) => `/proc/sys/net/ipv4/conf/${name}/rp_filter`,
      );
      if (forAll === undefined || forThis === undefined) return false;
      try {
        const [all, now] = await Promise.all([readFile(forAll, 'latin1'), readFile(forThis, 'latin1')]);
        if (now.trim() === LOOSE) return true;
        if (all.trim() === '0' && now.trim() === '0') return true;
        await writeFile(forThis, LOOSE);
        return true;
      } catch {
        return false;
      }
    },
  };
}
