// The routes that `ip -json route show` prints: which block goes where.

import { type Cidr, parseCidr } from '@mesh/wg';
import { asText, type JsonObject, parseJsonArray } from './ip-json.ts';

export interface FoundRoute {
  readonly destination: Cidr;
  /** The device, else what kind of route it is. */
  readonly holder: string;
}

/** Routes without a block of addresses are left out. @throws TunnelError `unexpected_answer` */
export function parseRoutes(stdout: Uint8Array, option: '-4' | '-6'): FoundRoute[] {
  return parseJsonArray(stdout).flatMap((route) => {
    const destination = destinationOf(route, option);
    if (destination === undefined) return [];
    return { destination, holder: asText(route.dev) ?? asText(route.type) ?? 'something else' };
  });
}

/** A route's block in canonical text; `undefined` for what cannot concern us (unreachable, blackhole … have no block). */
function destinationOf(route: JsonObject, option: '-4' | '-6'): Cidr | undefined {
  const text = asText(route.dst);
  if (text === undefined) return undefined;
  const [all, host] = option === '-4' ? ['0.0.0.0/0', 32] : ['::/0', 128];
  if (text === 'default') return parseCidr(all);
  try {
    // `ip` leaves a host's prefix length out.
    return parseCidr(text.includes('/') ? text : `${text}/${host}`);
  } catch {
    return undefined;
  }
}
