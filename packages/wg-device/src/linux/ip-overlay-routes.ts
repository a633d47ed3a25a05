// Overlay routes by `ip route`, and the reverse path filter by /proc/sys.

import { readFile, writeFile } from 'node:fs/promises';
import { type Cidr, cidrCovers, type InterfaceName, IP_FAMILIES, type IpFamily, ipFamily } from '@mesh/wg';
import { checkBlocks } from '../port/check-values.ts';
import type { OverlayRoutes, RouteLook, RouteSurvey } from '../port/overlay-routes.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { findForeign, parseAddresses } from './find-foreign.ts';
import { findStrays } from './find-strays.ts';
import { keepHostRoutes, moveHostRoutes, type RouteTable } from './host-routes.ts';
import { runIpBatch } from './ip-batch.ts';
import { parseRoutes, routeConflict } from './ip-routes.ts';
import { type RunCommand, runOrThrow } from './run-command.ts';

export interface IpOverlayRoutesOptions {
  readonly run: RunCommand;
  readonly networks: readonly Cidr[];
  /** Those that the agent may have made; a route of any other is a stranger's. */
  readonly interfaceNames: readonly InterfaceName[];
}

/** Loose (RFC 3704, section 2.4): the source must be reachable, by whichever interface. */
const LOOSE = '2';

export function createIpOverlayRoutes(options: IpOverlayRoutesOptions): OverlayRoutes {
  const { run, networks, interfaceNames } = options;
  const ours: ReadonlySet<string> = new Set(interfaceNames);
  const networksOf = (family: IpFamily) => networks.filter((network) => ipFamily(network) === family);

  // A look never puts back what a switch has moved meanwhile.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(task);
    last = turn.catch(() => {});
    return turn;
  }

  async function readTable(family: IpFamily): Promise<RouteTable> {
    const stdout = await runOrThrow(run, 'ip', ['-json', `-${family}`, 'route', 'show', 'table', 'main']);
    return { family, found: parseRoutes(stdout, family), ours };
  }

  /** Of the families that these are of: a host need not have both. */
  function readTables(blocks: readonly Cidr[]): Promise<RouteTable[]> {
    const families = new Set(blocks.map(ipFamily));
    return Promise.all(IP_FAMILIES.filter((family) => families.has(family)).map(readTable));
  }

  /** The interface of ours that each network is routed to. */
  function carriersOf({ family, found }: RouteTable): (InterfaceName | undefined)[] {
    return networksOf(family).map((network) =>
      interfaceNames.find((name) =>
        found.some(({ destination, device }) => destination === network && device === name),
      ),
    );
  }

  function checkNetworks(table: RouteTable): void {
    for (const network of networksOf(table.family)) {
      const routes = table.found.filter(({ destination }) => destination === network);
      const [first] = routes;
      // IPv6 keeps routes of several metrics side by side: replacing takes the one of ours and leaves the
      // others.
      if (first === undefined) continue;
      const counting = table.family === 4 ? [first] : routes;
      if (counting.some(({ device }) => device !== undefined && ours.has(device))) continue;
      throw routeConflict(network, first);
    }
  }

  async function keep({ interfaceName, blocks, own }: RouteLook): Promise<RouteSurvey['foreign']> {
    const tables = await readTables([...networks, ...(blocks ?? [])]);
    const foreign = findForeign({
      networks,
      ours,
      own,
      routes: tables.flatMap(({ found }) => found),
      addresses: parseAddresses(await runOrThrow(run, 'ip', ['-json', 'address', 'show'])),
    });
    if (blocks === undefined) return foreign;
    const mayGo = (block: Cidr) =>
      networks.some((network) => cidrCovers(network, block)) &&
      !foreign.some((route) => cidrCovers(route.block, block));
    for (const table of tables) {
      const carrier = carriersOf(table).find((name) => name !== undefined) ?? interfaceName;
      await runIpBatch(run, table.family, keepHostRoutes(table, { carrier, blocks, mayGo }));
    }
    return foreign;
  }

  return {
    async read() {
      const carriers = (await readTables(networks)).flatMap(carriersOf);
      const [only, ...others] = new Set(carriers);
      return others.length === 0 ? only : undefined;
    },

    switchTo: (interfaceName) =>
      inTurn(async () => {
        const tables = await readTables(networks);
        // Whatever has become of the networks, the peers' traffic goes on.
        for (const table of tables) await runIpBatch(run, table.family, moveHostRoutes(table, interfaceName));
        for (const table of tables) {
          checkNetworks(table);
          await runIpBatch(
            run,
            table.family,
            networksOf(table.family).map((network) => `route replace ${network} dev ${interfaceName}`),
          );
        }
      }),

    async look(wanted) {
      if (!ours.has(wanted.interfaceName))
        throw new TunnelError('invalid_input', `${wanted.interfaceName} is no interface of this agent`);
      checkBlocks([...(wanted.blocks ?? []), ...wanted.own]);
      const foreign = await inTurn(() => keep(wanted));
      const strays = await findStrays(run, { addresses: wanted.blocks ?? [], sources: wanted.own, ours });
      return { foreign, strays };
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
