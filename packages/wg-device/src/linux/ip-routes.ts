// The routes that `ip -json route show` prints: which block goes where.

import { type Cidr, IP_ADDRESS_BITS, type IpFamily, parseCidr } from '@mesh/wg';
import { TunnelError } from '../port/tunnel-error.ts';
import { asArray, asObject, asText, type JsonObject, parseJsonArray } from './ip-json.ts';

export interface FoundRoute {
  readonly destination: Cidr;
  /** The first one where there are several; undefined for a route that ends here (blackhole, unreachable). */
  readonly device: string | undefined;
  /** The device, else what kind of route it is. */
  readonly holder: string;
  /** Of routes to one block the lowest wins; among equals the first that is listed. */
  readonly metric: number;
  /** Who made it; undefined: `ip`, as a person calls it. */
  readonly protocol: string | undefined;
}

/** Another interface has the route of a block that is ours to route. */
export function routeConflict(block: Cidr, { holder }: FoundRoute): TunnelError {
  return new TunnelError(
    'route_conflict',
    `${block} is already routed to ${holder}: choose another overlay block or remove that route`,
  );
}

/** Routes without a block of addresses are left out. @throws TunnelError `unexpected_answer` */
export function parseRoutes(stdout: Uint8Array, family: IpFamily): FoundRoute[] {
  return parseJsonArray(stdout).flatMap((route) => {
    const destination = destinationOf(route, family);
    if (destination === undefined) return [];
    const device = asText(route.dev) ?? asText(asObject(asArray(route.nexthops)[0]).dev);
    const holder = device ?? asText(route.type) ?? 'something else';
    const protocol = asText(route.protocol);
    return { destination, device, holder, metric: Number(route.metric ?? 0), protocol };
  });
}

/** A route's block in canonical text; `undefined` for what has none. */
function destinationOf(route: JsonObject, family: IpFamily): Cidr | undefined {
  const text = asText(route.dst);
  if (text === undefined) return undefined;
  if (text === 'default') return parseCidr(family === 4 ? '0.0.0.0/0' : '::/0');
  try {
    // `ip` leaves a host's prefix length out.
    return parseCidr(text.includes('/') ? text : `${text}/${IP_ADDRESS_BITS[family]}`);
  } catch {
    return undefined;
  }
}
