// Address ranges in one canonical text each: RFC 5952 address, no host bits. Equal ranges are equal strings.

import { WgError } from './errors.ts';
import { formatIpBytes, type IpAddress, parseIpBytes } from './ip-address.ts';
import { IP_ADDRESS_BITS, ipFamily } from './ip-family.ts';
import { parseDecimal } from './numbers.ts';

declare const brand: unique symbol;

/** `10.9.0.0/24`, `fd00:9::2/128`: canonical text, host bits zero. */
export type Cidr = string & { readonly [brand]: 'cidr' };

const MAX_TEXT_LENGTH = 49;

/** Almost every allowed IP of a mesh is such a text, which is its own canonical form. */
const CANONICAL_IPV4_HOST =
  /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\/32$/;

/**
 * Reads ADDRESS/LENGTH. Bits beyond the prefix must be zero: `10.9.0.1/24` names a host and a network at
 * once, and one of the two would be ignored.
 * @throws WgError `invalid_cidr`
 */
export function parseCidr(value: unknown): Cidr {
  const { bytes, prefixLength } = readCidr(value, false);
  if (clearHostBits(bytes, prefixLength)) {
    throw new WgError(
      'invalid_cidr',
      'the address has bits set beyond its prefix: write the network, or a longer prefix',
    );
  }
  return format(bytes, prefixLength);
}

/**
 * Reads an allowed IP as `wg` does: an address alone is a range of one, and bits beyond the prefix are
 * cleared.
 * @throws WgError `invalid_cidr`
 */
export function parseAllowedIp(value: unknown): Cidr {
  if (typeof value === 'string' && CANONICAL_IPV4_HOST.test(value)) return value as Cidr;
  const { bytes, prefixLength } = readCidr(value, true);
  clearHostBits(bytes, prefixLength);
  return format(bytes, prefixLength);
}

/** The address of a range, without its prefix length. */
export function cidrAddress(cidr: Cidr): IpAddress {
  return cidr.slice(0, cidr.indexOf('/')) as IpAddress;
}

/** Whether a range is a single address: a /32 of IPv4 or a /128 of IPv6. */
export function isHostCidr(cidr: Cidr): boolean {
  return cidr.endsWith(`/${IP_ADDRESS_BITS[ipFamily(cidr)]}`);
}

interface Range {
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
}

function readCidr(value: unknown, prefixOptional: boolean): Range {
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) throw refused();
  const [address, prefix, ...rest] = value.split('/');
  if (rest.length > 0 || (prefix === undefined && !prefixOptional)) throw refused();
  try {
    const bytes = parseIpBytes(address);
    const bits = bytes.length * 8;
    return {
      bytes,
      prefixLength: prefix === undefined ? bits : parseDecimal(prefix, 'the prefix length', 0, bits),
    };
  } catch (error) {
    throw error instanceof WgError ? refused(error.message) : error;
  }
}

/** Clears the bits beyond the prefix in place and says whether any was set. */
function clearHostBits(bytes: Uint8Array, prefixLength: number): boolean {
  let wereSet = false;
  for (const [at, byte] of bytes.entries()) {
    const kept = Math.min(8, Math.max(0, prefixLength - at * 8));
    const cleared = byte & (0xff << (8 - kept)) & 0xff;
    wereSet ||= cleared !== byte;
    bytes[at] = cleared;
  }
  return wereSet;
}

function format(bytes: Uint8Array, prefixLength: number): Cidr {
  return `${formatIpBytes(bytes)}/${prefixLength}` as Cidr;
}

function refused(reason = 'the text is not an address range'): WgError {
  return new WgError('invalid_cidr', `${reason}: use ADDRESS/LENGTH, such as 10.9.0.0/24 or fd00:9::/64`);
}
