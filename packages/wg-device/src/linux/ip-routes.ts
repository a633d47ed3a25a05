// Reads the routes that `ip -json route show` prints.

import { type Cidr, IP_ADDRESS_BITS, type IpFamily, parseCidr } from '@mesh/wg';
import type { FoundRoute } from '../port/link-state.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { asArray, asObject, asText, type JsonObject, parseJsonArray } from './ip-json.ts';

/** The error for a block that must be routed here and is already routed to another interface. */
export function routeConflict(block: Cidr, { holder }: FoundRoute): TunnelError {
  return new TunnelError(
    'route_conflict',
    `${block} is already routed to ${holder}: choose another overlay block or remove that route`,
  );
}

/** Routes without a block of addresses are left out. @throws TunnelError `unexpected_answer` */
export function parseRoutes(stdout: Uint8Array, family: IpFamily): FoundRoute[] {
  return routesIn(parseJsonArray(stdout), family);
}

/** The routes among the entries of `ip -json`. Routes without a block of addresses are left out. */
export function routesIn(entries: readonly JsonObject[], family: IpFamily): FoundRoute[] {
  return entries.flatMap((route) => {
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
