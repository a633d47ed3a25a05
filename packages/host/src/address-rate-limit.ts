// Limits the requests per minute from each source address, for callers that are not authenticated.

import { ipFamily, parseIpBytes } from '@mesh/wg';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { plainAddress } from './plain-address.ts';

export interface AddressRateLimit {
  /** Counts a request. @returns how many seconds its sender has to wait; 0 if the request may pass */
  waitSeconds(remoteAddress: string): Promise<number>;
}

export function createAddressRateLimit(perMinute: number): AddressRateLimit {
  const byAddress = new RateLimiterMemory({ keyPrefix: 'address', points: perMinute, duration: 60 });
  return { waitSeconds: (remoteAddress) => consume(byAddress, networkOf(remoteAddress)) };
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    const { msBeforeNext } = refusal as { msBeforeNext: number };
    return Math.max(1, Math.ceil(msBeforeNext / 1000));
  }
}

/**
 * The network that an address is counted under. One host can have a whole /64, so an IPv6 address counts by
 * its first eight bytes, whatever its notation.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address.replace(/%.*$/, ''));
  if (ipFamily(plain) === 4) return plain;
  try {
    return Buffer.from(parseIpBytes(plain).subarray(0, 8)).toString('hex');
  } catch {
    return plain;
  }
}
