// Decimal numbers of WireGuard's texts: ASCII digits only (no sign, no exponent, no other script's digits),
// bounded.

import { WgError } from './errors.ts';

export const MAX_PORT = 65_535;
export const MAX_KEEPALIVE_SECONDS = 65_535;
export const MAX_FWMARK = 0xffff_ffff;

/** Reads ASCII digits without leading zeros, between `min` and `max`. @throws WgError `invalid_number` */
export function parseDecimal(text: string, what: string, min: number, max: number): number {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) {
    throw new WgError('invalid_number', `${what} must be a decimal number`);
  }
  return checkInteger(Number(text), what, min, max);
}

/** Gives back an integer between `min` and `max`. @throws WgError `invalid_number` for any other value. */
export function checkInteger(value: unknown, what: string, min: number, max: number): number {
  // -0 equals 0 and would be written "0", but no caller means it.
  if (
    typeof value !== 'number' ||
    !Number.isInteger(value) ||
    value < min ||
    value > max ||
    Object.is(value, -0)
  ) {
    throw new WgError('invalid_number', `${what} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/**
 * A counter of up to 64 bits. Above 2^53 it gives the nearest double, because byte counters only serve for
 * display and differences.
 * @throws WgError `invalid_number`
 */
export function parseCounter(text: string, what: string): number {
  return parseDecimal(text, what, 0, 2 ** 64);
}

/**
 * Fwmark as `wg` reads it: decimal, or hex after a small 0x; 0 and "off" are `undefined`.
 * @throws WgError `invalid_number`
 */
export function parseFwmark(text: string): number | undefined {
  if (text.toLowerCase() === 'off') return undefined;
  const hex = /^0x([0-9a-fA-F]{1,8})$/.exec(text)?.[1];
  const mark = hex === undefined ? parseDecimal(text, 'the fwmark', 0, MAX_FWMARK) : Number.parseInt(hex, 16);
  return mark === 0 ? undefined : mark;
}

/** Seconds from 1 to 65535; 0 and "off" are `undefined`. @throws WgError `invalid_number` */
export function parseKeepalive(text: string): number | undefined {
  if (text.toLowerCase() === 'off') return undefined;
  return parseDecimal(text, 'the persistent keepalive', 0, MAX_KEEPALIVE_SECONDS) || undefined;
}
