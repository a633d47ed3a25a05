// The part of the guard's table for pairs that may use one service alone: for each service and limit a chain
// for each direction. Pure. Everything else is dropped, ICMP too: both ends have the same MTU and nothing is
// routed between them, so no error of ICMP has anything to tell.
//
// Without connection tracking a chain cannot know who began a connection. So a segment that begins one (SYN
// without ACK) passes in one direction alone, to the service. Without this rule, the end that has the service
// could begin connections from the service's port to any port of the other end.

import { chain } from '../nft/nft-batch.ts';
import type { GuardElement } from './guard-table.ts';
import { DIRECTIONS, type Direction, limitName } from './limit-chains.ts';
import type { OnlyService } from './only-service.ts';

type Served = GuardElement & { readonly service: OnlyService };

/** Call it after `limitChains` for the same elements: these chains jump to those. */
export function serviceChains(table: string, elements: readonly GuardElement[]): string[] {
  const chains = new Map<string, string[]>();
  for (const element of elements) {
    if (!isServed(element)) continue;
    for (const way of DIRECTIONS)
      chains.set(serviceName(element, way), chain(table, serviceName(element, way), rulesFor(element, way)));
  }
  return [...chains.values()].flat();
}

function rulesFor({ service, limit }: Served, way: Direction): string[] {
  const isToService = (service.of === 'self') === (way === 'in');
  const passes = isToService
    ? `tcp dport ${service.port}`
    : `tcp sport ${service.port} tcp flags & (syn | ack) != syn`;
  return [
    ...(limit === undefined ? [] : [`${passes} jump ${limitName(limit, way)}`]),
    `${passes} return`,
    'drop',
  ];
}

export function serviceName({ service, limit }: Served, way: Direction): string {
  return `only_${service.of}_${service.port}_at_${limit ?? 'any'}_${way}`;
}

export function isServed(element: GuardElement): element is Served {
  return element.service !== undefined;
}
