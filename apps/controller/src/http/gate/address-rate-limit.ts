// Limits the requests per minute of each source address, before it is known who sends them. member-gate.ts
// limits what a node may send.

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
 * One host can have a whole /64, so IPv6 addresses count by their first eight bytes, however they are
 * written.
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
