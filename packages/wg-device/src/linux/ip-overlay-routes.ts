// Sets the overlay's routes with `ip route`, and the reverse path filter in /proc/sys.

import { readFile, writeFile } from 'node:fs/promises';
import { type Cidr, cidrCovers, type InterfaceName, IP_FAMILIES, type IpFamily, ipFamily } from '@mesh/wg';
import { checkBlocks } from '../port/check-values.ts';
import type { OverlayRoutes, RouteLook, RouteSurvey } from '../port/overlay-routes.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { askIp } from './ask-ip.ts';
import { addressesIn, type FoundAddress, findForeign } from './find-foreign-routes.ts';
import { findStrays } from './find-stray-routes.ts';
import { keepHostRoutes, moveHostRoutes, type RouteTable } from './host-routes.ts';
import { runIpBatch } from './ip-batch.ts';
import { parseRoutes, routeConflict, routesIn } from './ip-routes.ts';
import { LastSurvey } from './last-survey.ts';
import { readRoutingText } from './read-routing-text.ts';
import { type RunCommand, runOrThrow } from './run-command.ts';

export interface IpOverlayRoutesOptions {
  readonly run: RunCommand;
  readonly networks: readonly Cidr[];
  /**
   * The caller's interfaces, whether they exist or not. A route of any other interface belongs to another
   * program.
   */
  readonly interfaceNames: readonly InterfaceName[];
}

/** The main table of one family, and the addresses of all interfaces in that family. */
interface HostReading extends RouteTable {
  readonly addresses: readonly FoundAddress[];
}

/** Loose (RFC 3704, section 2.4): the source must be reachable, by any interface. */
const LOOSE = '2';

export function createIpOverlayRoutes(options: IpOverlayRoutesOptions): OverlayRoutes {
  const { run, networks, interfaceNames } = options;
  const ours: ReadonlySet<string> = new Set(interfaceNames);
  const networksOf = (family: IpFamily) => networks.filter((network) => ipFamily(network) === family);
  const lastSurvey = new LastSurvey();

  // Calls run one after the other: a look must not move back what a switch has just moved.
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

  async function readFamily(family: IpFamily): Promise<HostReading> {
    const entries = await askIp(run, [`-${family}`], ['route show table main', 'address show']);
    return { family, found: routesIn(entries, family), ours, addresses: addressesIn(entries) };
  }

  const readTables = (blocks: readonly Cidr[]) => Promise.all(familiesOf(blocks).map(readTable));
  const readHost = (blocks: readonly Cidr[]) => Promise.all(familiesOf(blocks).map(readFamily));

  /** For each network, the one of the caller's interfaces that it is routed to. */
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
      // IPv6 keeps routes with several metrics side by side. `route replace` then replaces ours and leaves
      // the others.
      if (first === undefined) continue;
      const counting = table.family === 4 ? [first] : routes;
      if (counting.some(({ device }) => device !== undefined && ours.has(device))) continue;
      throw routeConflict(network, first);
    }
  }

  /** Undefined if it is not known for each family. */
  async function readText(blocks: readonly Cidr[]): Promise<string | undefined> {
    const texts = await Promise.all(familiesOf(blocks).map((family) => readRoutingText(run, family)));
    return texts.includes(undefined) ? undefined : texts.join();
  }

  /** @returns what others have there, and whether a route was changed */
  async function keep({
    interfaceName,
    blocks,
    diverted,
    own,
  }: RouteLook): Promise<Pick<RouteSurvey, 'foreign'> & { readonly hasChanged: boolean }> {
    const readings = await readHost([...networks, ...(blocks ?? [])]);
    const foreign = findForeign({
      networks,
      ours,
      own,
      routes: readings.flatMap(({ found }) => found),
      addresses: readings.flatMap(({ addresses }) => addresses),
    });
    if (blocks === undefined) return { foreign, hasChanged: false };
    const mayGo = (block: Cidr) =>
      networks.some((network) => cidrCovers(network, block)) &&
      !foreign.some((route) => cidrCovers(route.block, block));
    const elsewhere = new Set(diverted?.blocks);
    let hasChanged = false;
    for (const table of readings) {
      const carrier = carriersOf(table).find((name) => name !== undefined) ?? interfaceName;
      const carrierOf = (block: Cidr) =>
        (elsewhere.has(block) ? diverted?.interfaceName : undefined) ?? carrier;
      const changes = keepHostRoutes(table, { carrierOf, blocks, mayGo });
      hasChanged ||= changes.length > 0;
      await runIpBatch(run, table.family, changes);
    }
    return { foreign, hasChanged };
  }

  async function survey(wanted: RouteLook): Promise<RouteSurvey> {
    const blocks = [...networks, ...(wanted.blocks ?? [])];
    const found = await inTurn(async () => {
      const before = lastSurvey.isOf(wanted) ? await readText(blocks) : undefined;
      const known = lastSurvey.find(before);
      if (known !== undefined) return { known };
      lastSurvey.forget();
      const { foreign, hasChanged } = await keep(wanted);
      return { foreign, text: hasChanged || before === undefined ? await readText(blocks) : before };
    });
    if (found.known !== undefined) return found.known;
    const strays = await findStrays(run, { addresses: wanted.blocks ?? [], sources: wanted.own, ours });
    const made = { foreign: found.foreign, strays };
    lastSurvey.keep(wanted, found.text, made);
    return made;
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
        // The peers' routes move first: then their traffic goes on even if a network's route is refused
        // below.
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
        throw new TunnelError(
          'invalid_input',
          `${wanted.interfaceName} is not one of the interfaces that these routes are for`,
        );
      checkBlocks([...(wanted.blocks ?? []), ...wanted.own]);
      return await survey(wanted);
    },

    async acceptFromEither(interfaceName) {
      // The kernel uses the higher of the two values. IPv6 has no such setting.
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

/** Only these families are read: a host may lack IPv6. */
function familiesOf(blocks: readonly Cidr[]): readonly IpFamily[] {
  const families = new Set(blocks.map(ipFamily));
  return IP_FAMILIES.filter((family) => families.has(family));
}
