// The addresses that a guard lets pass, and the difference between two such sets. Pure.

import type { Cidr } from '@mesh/wg';
import { type GuardElement, hostElement } from './guard-table.ts';
import type { GuardedPeer } from './lease-guard.ts';
import { isSameService } from './only-service.ts';
import type { ElementChanges } from './render-nft.ts';

export type GuardElements = ReadonlyMap<string, GuardElement>;

export const NOBODY: GuardElements = new Map();

export function elementsOf(peers: readonly GuardedPeer[]): GuardElements {
  const elements = new Map<string, GuardElement>();
  for (const { addresses, limit, service } of peers) {
    for (const address of addresses) {
      const element = hostElement(address, limit, service);
      if (element !== undefined) elements.set(element.address, element);
    }
  }
  return elements;
}

export function withoutAddresses(known: GuardElements, addresses: readonly Cidr[]): GuardElements {
  const elements = new Map(known);
  for (const address of addresses) {
    const element = hostElement(address);
    if (element !== undefined) elements.delete(element.address);
  }
  return elements;
}

export function differ(one: GuardElements, other: GuardElements): boolean {
  return (
    one !== other &&
    (one.size !== other.size ||
      [...one.values()].some((element) => !isSame(element, other.get(element.address))))
  );
}

/** The changes that turn `applied` into `wanted`. */
export function changesBetween(applied: GuardElements, wanted: GuardElements): ElementChanges {
  const removed = [...applied.values()].filter(({ address }) => !wanted.has(address));
  const put = [...wanted.values()].filter((element) => !isSame(element, applied.get(element.address)));
  const before = put.map(({ address }) => applied.get(address)).filter((element) => element !== undefined);
  return { removed, put, before };
}

function isSame(one: GuardElement, other: GuardElement | undefined): boolean {
  return other !== undefined && one.limit === other.limit && isSameService(one.service, other.service);
}
