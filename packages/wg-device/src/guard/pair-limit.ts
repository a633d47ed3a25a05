// How fast a pair may exchange data.

import { TunnelError } from '../port/tunnel-error.ts';

declare const brand: unique symbol;
/** Bits per second: an integer that nftables can calculate with. */
export type PairLimit = number & { readonly [brand]: 'pair-limit' };

/** 100 Gbit/s. Beyond it nftables' arithmetic overflows, and no tunnel is that fast. */
const MAX_LIMIT = 100_000_000_000;

/** @returns undefined, which is no limit, above MAX_LIMIT. @throws TunnelError `invalid_input` */
export function parsePairLimit(bitsPerSecond: number): PairLimit | undefined {
  if (!Number.isSafeInteger(bitsPerSecond) || bitsPerSecond < 1) {
    throw new TunnelError('invalid_input', 'a limit is a whole number of bits a second, from 1');
  }
  return bitsPerSecond > MAX_LIMIT ? undefined : (bitsPerSecond as PairLimit);
}
