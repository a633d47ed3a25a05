// Reads the routes that `ip -json route show` prints.

import { type Cidr, IP_ADDRESS_BITS, type IpFamily, parseCidr } from '@mesh/wg';
import { TunnelError } from '../port/tunnel-error.ts';
import { asArray, asObject, asText, type JsonObject, parseJsonArray } from './ip-json.ts';

export interface FoundRoute {
  readonly destination: Cidr;
  /** The first device if there are several. Undefined for a route without one (blackhole, unreachable). */
  readonly device: string | undefined;
  /** The device. Without a device, the route's type. */
  readonly holder: string;
  /** Among routes to the same block the lowest metric wins, and among equal metrics the first in the list. */
  readonly metric: number;
  /** Who made the route. Undefined if a person made it with `ip`. */
  readonly protocol: string | undefined;
}

/** The error for a block that must be routed here and is already routed to another interface. */
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

/** A route's block in canonical text; `undefined` for a route without a block. */
function destinationOf(route: JsonObject, family: IpFamily): Cidr | undefined {
  const text = asText(route.dst);
  if (text === undefined) return undefined;
  if (text === 'default') return parseCidr(family === 4 ? '0.0.0.0/0' : '::/0');
  try {
    // `ip` omits the prefix length of a single address.
    return parseCidr(text.includes('/') ? text : `${text}/${IP_ADDRESS_BITS[family]}`);
  } catch {
    return undefined;
  }
}
