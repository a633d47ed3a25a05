// Writes the guard as nftables batches. Each batch is for one `nft -f`, which is one transaction. Pure. Each
// interface has one table, `inet mesh-<interface>`. It holds sets of live addresses, whose elements expire by
// themselves; verdict maps from an address to the chain of its limit or of the one service that it may use,
// so that another limit for a peer changes one element of a map; and base chains that drop packets from or to
// any other address. Nothing uses connection tracking, so an established flow ends with its element.

import { IP_FAMILIES, type IpFamily } from '@mesh/wg';
import { ADDRESS_TYPE, batch, chain, filterChain, removeTable } from '../nft/nft-batch.ts';
import { type GuardElement, type GuardTable, tableName } from './guard-table.ts';
import { DIRECTIONS, type Direction, FIELD, limitChains, limitName } from './limit-chains.ts';
import { isServed, serviceChains, serviceName } from './service-chains.ts';

/** The addresses of the peers that may use one service alone. */
const SERVED: Record<IpFamily, string> = { 4: 'served4', 6: 'served6' };

export interface RenderOptions {
  /** Removes an existing table in the same transaction. Another version may have written that table. */
  readonly replace?: boolean;
}

/**
 * The whole table: its structure, and exactly these elements. Existing limit chains and buckets stay.
 */
export function renderWhole(
  table: GuardTable,
  elements: readonly GuardElement[],
  timeoutMs: number,
  { replace = false }: RenderOptions = {},
): string {
  const name = tableName(table.interfaceName);
  const sets = IP_FAMILIES.map(
    (family) => `add set inet ${name} live${family} { type ${ADDRESS_TYPE[family]}; flags timeout; }`,
  );
  const served = IP_FAMILIES.map(
    (family) => `add set inet ${name} ${SERVED[family]} { type ${ADDRESS_TYPE[family]}; }`,
  );
  const maps = IP_FAMILIES.flatMap((family) =>
    DIRECTIONS.map(
      (way) => `add map inet ${name} ${way}${family} { type ${ADDRESS_TYPE[family]} : verdict; }`,
    ),
  );
  return batch([
    `add table inet ${name}`,
    ...(replace ? [`delete table inet ${name}`, `add table inet ${name}`] : []),
    ...sets,
    ...served,
    ...maps,
    ...chain(name, 'from_peers', IP_FAMILIES.flatMap((family) => passRules(family, 'in')).concat('drop')),
    ...chain(name, 'to_peers', IP_FAMILIES.flatMap((family) => passRules(family, 'out')).concat('drop')),
    ...baseChains(table, name),
    ...IP_FAMILIES.flatMap((family) => [
      `flush set inet ${name} live${family}`,
      `flush set inet ${name} ${SERVED[family]}`,
      ...DIRECTIONS.map((way) => `flush map inet ${name} ${way}${family}`),
    ]),
    ...limitChains(name, elements),
    ...serviceChains(name, elements),
    ...addLive(name, elements, timeoutMs),
    ...addVerdicts(name, elements),
  ]);
}

export interface ElementChanges {
  readonly removed: readonly GuardElement[];
  /** New elements, and elements whose limit or service has changed. */
  readonly put: readonly GuardElement[];
  /** The elements of `put` that are not new, as they were. */
  readonly before: readonly GuardElement[];
}

/** Applies the changes. All other elements keep their time. */
export function renderChange(table: GuardTable, changes: ElementChanges, timeoutMs: number): string {
  const name = tableName(table.interfaceName);
  return batch([
    ...forget(name, changes.removed),
    ...deleteVerdicts(name, [...changes.removed, ...changes.before]),
    ...limitChains(name, changes.put),
    ...serviceChains(name, changes.put),
    ...forget(name, changes.put),
    ...addLive(name, changes.put, timeoutMs),
    ...addVerdicts(name, changes.put),
  ]);
}

/**
 * Gives existing elements a new time. To add an existing element does not extend its time; add, delete, add
 * does.
 */
export function renderRenewal(
  table: GuardTable,
  elements: readonly GuardElement[],
  timeoutMs: number,
): string {
  const name = tableName(table.interfaceName);
  return batch([...forget(name, elements), ...addLive(name, elements, timeoutMs)]);
}

/** Removes the table whether or not it is there. */
export function renderRemoval(table: Pick<GuardTable, 'interfaceName'>): string {
  return batch(removeTable(tableName(table.interfaceName)));
}

function baseChains({ interfaceName, forwarding }: GuardTable, name: string): string[] {
  const [from, to] = [`iifname "${interfaceName}"`, `oifname "${interfaceName}"`];
  const forwarded =
    forwarding === 'drop'
      ? [`${from} drop`, `${to} drop`]
      : [
          ...IP_FAMILIES.flatMap((family) => [
            `${from} ${FIELD[family].in} @${SERVED[family]} drop`,
            `${to} ${FIELD[family].out} @${SERVED[family]} drop`,
          ]),
          ...[`${from} jump from_peers`, `${to} jump to_peers`],
        ];
  return [
    ...filterChain(name, 'input', [`${from} jump from_peers`]),
    ...filterChain(name, 'output', [`${to} jump to_peers`]),
    ...filterChain(name, 'forward', forwarded),
  ];
}

function passRules(family: IpFamily, way: Direction): string[] {
  const isLive = `${FIELD[family][way]} @live${family}`;
  return [`${isLive} ${FIELD[family][way]} vmap @${way}${family}`, `${isLive} return`];
}

/** Removes elements whether or not they are there. */
function forget(table: string, elements: readonly GuardElement[]): string[] {
  return perFamily(elements, (family, texts) => [
    `add element inet ${table} live${family} { ${texts.join(', ')} }`,
    `delete element inet ${table} live${family} { ${texts.join(', ')} }`,
  ]);
}

function addLive(table: string, elements: readonly GuardElement[], timeoutMs: number): string[] {
  const timeout = formatTimeout(timeoutMs);
  return perFamily(elements, (family, texts) => [
    `add element inet ${table} live${family} { ${texts.map((text) => `${text} timeout ${timeout}`).join(', ')} }`,
  ]);
}

function addVerdicts(table: string, elements: readonly GuardElement[]): string[] {
  return [
    ...perFamily(elements.filter(isServed), (family, texts) => [
      `add element inet ${table} ${SERVED[family]} { ${texts.join(', ')} }`,
    ]),
    ...DIRECTIONS.flatMap((way) =>
      elements.flatMap((element) => {
        const target = chainOf(element, way);
        const { family, address } = element;
        return target === undefined
          ? []
          : [`add element inet ${table} ${way}${family} { ${address} : jump ${target} }`];
      }),
    ),
  ];
}

/** The chain that a peer's packets take; undefined if all of them pass. */
function chainOf(element: GuardElement, way: Direction): string | undefined {
  if (isServed(element)) return serviceName(element, way);
  return element.limit === undefined ? undefined : limitName(element.limit, way);
}

/** Whether the table needs a chain for the element. */
export function needsChain(element: GuardElement): boolean {
  return chainOf(element, 'in') !== undefined;
}

function deleteVerdicts(table: string, elements: readonly GuardElement[]): string[] {
  return [
    ...perFamily(elements.filter(isServed), (family, texts) => [
      `delete element inet ${table} ${SERVED[family]} { ${texts.join(', ')} }`,
    ]),
    ...DIRECTIONS.flatMap((way) =>
      perFamily(elements.filter(needsChain), (family, texts) => [
        `delete element inet ${table} ${way}${family} { ${texts.join(', ')} }`,
      ]),
    ),
  ];
}

function perFamily(
  elements: readonly GuardElement[],
  render: (family: IpFamily, addresses: readonly string[]) => string[],
): string[] {
  return IP_FAMILIES.flatMap((family) => {
    const addresses = elements.filter((one) => one.family === family).map(({ address }) => address);
    return addresses.length === 0 ? [] : render(family, addresses);
  });
}

/** Rounds down, to at least 1 ms, so that an element does not outlive its lease. */
function formatTimeout(timeoutMs: number): string {
  const ms = Math.max(1, Math.floor(timeoutMs));
  return `${Math.floor(ms / 1_000)}s${ms % 1_000}ms`;
}
