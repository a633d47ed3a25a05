// The interface as a network device: its addresses, MTU, state and routes. It reads everything with
// `ip -json` first and sets only what is missing, so a second run changes nothing.
import { type Cidr, IP_FAMILIES, type IpFamily, ipFamily } from '@mesh/wg';
import type { FoundRoute, LinkState } from '../port/link-state.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { answerOfIp } from './ask-ip.ts';
import { runIpBatch } from './ip-batch.ts';
import { asArray, asObject, asText, parseJsonLists } from './ip-json.ts';
import { parseRoutes, routeConflict, routesIn } from './ip-routes.ts';
import { rememberLast } from './remember-last.ts';
import { type RunCommand, runOrThrow } from './run-command.ts';

export interface LinkSettings {
  readonly addresses: readonly Cidr[];
  readonly mtu: number;
  readonly routes: readonly Cidr[];
}

/** What `ensure` had to change. */
export interface LinkChanges {
  readonly addressesAdded: readonly Cidr[];
  readonly routesAdded: readonly Cidr[];
  readonly mtuChanged: boolean;
  readonly wasDown: boolean;
}

/** The port for the device side of an interface. */
export interface IpLink {
  /** `undefined` if no device has the name. */
  read(): Promise<LinkState | undefined>;
  /**
   * Sets the MTU, brings the device up, adds missing addresses and routes, and removes nothing. A route is
   * missing even if the interface has a wider one. Idempotent.
   * @param found a reading that the caller has just made; by default it is read here
   * @throws TunnelError `route_conflict` when another interface has a route for exactly that block
   */
  ensure(settings: LinkSettings, found?: LinkState): Promise<LinkChanges>;
}

export function createIpLink(run: RunCommand, interfaceName: string): IpLink {
  const ip = (...args: string[]) => runOrThrow(run, 'ip', args);
  // A host with 1,000 peers has a thousand routes, and mostly the answer is that of the last time.
  const stateIn = rememberLast(readState);

  async function read(): Promise<LinkState | undefined> {
    return stateIn(await answerOfIp(run, ['-details'], ['address show', 'route show table main']));
  }

  function readState(answer: Uint8Array): LinkState | undefined {
    const entries = parseJsonLists(answer);
    const device = entries.find((entry) => entry.ifname === interfaceName);
    if (device === undefined) return undefined;
    const flags = asArray(device.flags);
    return {
      kind: asText(asObject(device.linkinfo).info_kind),
      mtu: Number(device.mtu),
      isUp: flags.includes('UP'),
      addresses: asArray(device.addr_info).map((info) => {
        const { local, prefixlen } = asObject(info);
        return `${asText(local) ?? ''}/${String(prefixlen)}`;
      }),
      routes4: routesIn(entries, 4),
    };
  }

  async function ensure(settings: LinkSettings, found?: LinkState): Promise<LinkChanges> {
    const link = found ?? (await read());
    if (link === undefined) throw new TunnelError('not_up', `${interfaceName} has gone: call up again`);
    // The MTU comes before the addresses: below 1280 the kernel removes IPv6 from the interface.
    const mtuChanged = link.mtu !== settings.mtu;
    if (mtuChanged) await ip('link', 'set', 'dev', interfaceName, 'mtu', String(settings.mtu));
    const addressesAdded = settings.addresses.filter((address) => !link.addresses.includes(address));
    for (const address of addressesAdded) {
      await ip(`-${ipFamily(address)}`, 'address', 'add', address, 'dev', interfaceName);
    }
    if (!link.isUp) await ip('link', 'set', 'dev', interfaceName, 'up');
    // Each of these changes can change the table.
    const isAsFound = !mtuChanged && link.isUp && addressesAdded.length === 0;
    const routesAdded = await ensureRoutes(settings.routes, isAsFound ? link.routes4 : undefined);
    return { addressesAdded, routesAdded, mtuChanged, wasDown: !link.isUp };
  }

  /** @param routes4 undefined if they have to be read */
  async function ensureRoutes(
    routes: readonly Cidr[],
    routes4: readonly FoundRoute[] | undefined,
  ): Promise<readonly Cidr[]> {
    const added: Cidr[] = [];
    for (const family of IP_FAMILIES) {
      const wanted = routes.filter((route) => ipFamily(route) === family);
      if (wanted.length === 0) continue;
      const found = family === 4 ? routes4 : undefined;
      added.push(...(await ensureRoutesOf(family, wanted, found ?? (await readRoutes(family)))));
    }
    return added;
  }

  async function readRoutes(family: IpFamily): Promise<readonly FoundRoute[]> {
    return parseRoutes(await ip('-json', `-${family}`, 'route', 'show', 'table', 'main'), family);
  }

  async function ensureRoutesOf(
    family: IpFamily,
    wanted: readonly Cidr[],
    found: readonly FoundRoute[],
  ): Promise<readonly Cidr[]> {
    const missing = wanted.filter(
      (route) => !found.some(({ destination, device }) => destination === route && device === interfaceName),
    );
    for (const route of missing) {
      const stranger = found.find(({ destination }) => destination === route);
      if (stranger !== undefined) throw routeConflict(route, stranger);
    }
    await runIpBatch(
      run,
      family,
      missing.map((route) => `route add ${route} dev ${interfaceName}`),
    );
    return missing;
  }

  return { read, ensure };
}
