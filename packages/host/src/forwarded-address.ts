// The address that a proxy names in the header X-Forwarded-For.

import { isIP } from 'node:net';
import { plainAddress } from './plain-address.ts';

/**
 * The last address is the one that a trusted proxy wrote; the caller may have written those before it.
 *
 * @returns canonical text; undefined if the last one is no address
 */
export function lastForwarded(header: string | string[] | undefined): string | undefined {
  const last = [header ?? []].flat().at(-1)?.split(',').at(-1)?.trim();
  return last === undefined || last.includes('%') || isIP(last) === 0 ? undefined : plainAddress(last);
}
