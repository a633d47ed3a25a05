// The part of the guard's table that says how much a pair may carry: for each limit a chain for each
// direction, with a bucket for each peer. Pure.

import { IP_FAMILIES, type IpFamily } from '@mesh/wg';
import { ADDRESS_TYPE, chain } from '../nft/nft-batch.ts';
import type { GuardElement } from './guard-table.ts';
import type { PairLimit } from './pair-limit.ts';

export const DIRECTIONS = ['in', 'out'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The peer's address in a packet. */
export const FIELD: Record<IpFamily, Record<Direction, string>> = {
  4: { in: 'ip saddr', out: 'ip daddr' },
  6: { in: 'ip6 saddr', out: 'ip6 daddr' },
};

/** A pair's bucket is dropped after this long without a packet. By then it is full again anyway. */
const BUCKET_LIFE = '1m';

export function limitChains(table: string, elements: readonly GuardElement[]): string[] {
  const limits = new Set(elements.map(({ limit }) => limit).filter((limit) => limit !== undefined));
  return [...limits].flatMap((limit) => DIRECTIONS.flatMap((way) => limitChain(table, limit, way)));
}

function limitChain(table: string, limit: PairLimit, way: Direction): string[] {
  const { bytesPerSecond, burstBytes } = bucketOf(limit);
  const buckets = IP_FAMILIES.map(
    (family) =>
      `add set inet ${table} ${bucketSet(limit, way, family)} ` +
      `{ type ${ADDRESS_TYPE[family]}; size 65535; flags dynamic,timeout; timeout ${BUCKET_LIFE}; }`,
  );
  const rules = IP_FAMILIES.map(
    (family) =>
      `update @${bucketSet(limit, way, family)} { ${FIELD[family][way]} ` +
      `limit rate over ${bytesPerSecond} bytes/second burst ${burstBytes} bytes } drop`,
  );
  return [...buckets, ...chain(table, limitName(limit, way), rules)];
}

/**
 * nftables' bucket holds the bytes of one second plus the burst. The rate is 95 % of the limit: then ten
 * seconds that begin with a full bucket stay at most 6 % above the limit, and a long run stays 5 % below it.
 * The burst lets the largest packet pass.
 */
export function bucketOf(limit: PairLimit): { bytesPerSecond: number; burstBytes: number } {
  const bytesPerSecond = Math.max(1, Math.floor((limit * 0.95) / 8));
  return { bytesPerSecond, burstBytes: Math.min(65_536, Math.max(9_216, Math.floor(bytesPerSecond / 10))) };
}

export function limitName(limit: PairLimit, way: Direction): string {
  return `limit_${limit}_${way}`;
}

function bucketSet(limit: PairLimit, way: Direction, family: IpFamily): string {
  return `${limitName(limit, way)}${family}`;
}
