// Checks of single values. Callers may have them from a network, and they end up in argv and in line-based
// texts. Pure.

import { type Cidr, parseAllowedIp, WgError } from '@mesh/wg';
import { TunnelError } from './tunnel-error.ts';

/** Checks blocks before they are routed. @throws TunnelError `invalid_input` */
export function checkBlocks(blocks: readonly Cidr[]): void {
  asInvalidInput('routes', () => {
    for (const block of blocks) checkCanonicalCidr(block);
  });
}

/**
 * Equal blocks must be equal strings, or two peers could claim the same block in two spellings.
 *
 * @throws TunnelError `invalid_input`; WgError if the value is not a block
 */
export function checkCanonicalCidr(value: unknown): void {
  if (parseAllowedIp(value) !== value) {
    throw new TunnelError('invalid_input', `an address block is not in canonical form: use parseCidr`);
  }
}

/** @throws TunnelError `invalid_input` */
export function checkWhole(what: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new TunnelError('invalid_input', `${what} must be a whole number from ${min} to ${max}`);
  }
}

/** @throws TunnelError `invalid_input` */
export function checkDistinct(what: string, values: readonly string[]): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value))
      throw new TunnelError('invalid_input', `${what} ${value} is named twice: nothing was changed`);
    seen.add(value);
  }
}

/**
 * Turns what the parsers of @mesh/wg throw into the error of the port.
 *
 * @throws TunnelError `invalid_input`
 */
export function asInvalidInput(what: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof WgError ? new TunnelError('invalid_input', `${what}: ${error.message}`) : error;
  }
}
