// IP literals, and nothing else: no names to resolve, no zone ids, no octal, no short forms. Both families
// are read into bytes and written back in one canonical text (RFC 5952 for IPv6), so equal addresses are
// equal strings.

import { WgError } from './errors.ts';
import { ipFamily } from './ip-family.ts';

declare const brand: unique symbol;

/** An IPv4 or IPv6 address in canonical text. */
export type IpAddress = string & { readonly [brand]: 'ip-address' };

// No literal is longer, so a parser does not look at a longer text.
const MAX_TEXT_LENGTH = 45;

/**
 * Reads an IPv4 or IPv6 literal and gives its canonical text.
 * @throws WgError `invalid_address` for anything else: host names, zone ids, leading zeros, IPv4-mapped IPv6.
 */
export function parseIpAddress(value: unknown): IpAddress {
  return formatIpBytes(parseIpBytes(value));
}

/** Whether {@link parseIpAddress} takes it. */
export function isIpAddress(text: string): boolean {
  const bytes = readIpBytes(text);
  return bytes !== undefined && !isIpv4Mapped(bytes);
}

/** The address's bytes: 4 or 16, in a fresh array. @throws WgError `invalid_address` */
export function parseIpBytes(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? readIpBytes(value) : undefined;
  if (bytes === undefined) {
    throw new WgError('invalid_address', 'not an IPv4 or IPv6 literal (no names, zone ids or leading zeros)');
  }
  // One address must have one text, or a rule about 10.0.0.1 could be passed as ::ffff:10.0.0.1.
  if (isIpv4Mapped(bytes)) {
    throw new WgError('invalid_address', 'an IPv4-mapped IPv6 address: write it as plain IPv4');
  }
  return bytes;
}

/**
 * Like {@link parseIpAddress} for what a device reports: an IPv4-mapped address becomes the IPv4 one it
 * means.
 */
export function parseReportedIpAddress(text: string): IpAddress {
  const bytes = readIpBytes(text);
  if (bytes === undefined) throw new WgError('invalid_address', 'the device reported no IP literal');
  return formatIpBytes(isIpv4Mapped(bytes) ? bytes.subarray(12) : bytes);
}

/** 4 or 16 bytes → canonical text. */
export function formatIpBytes(bytes: Uint8Array): IpAddress {
  return (bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes)) as IpAddress;
}

function readIpBytes(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  return ipFamily(text) === 6 ? readIpv6(text) : readIpv4(text);
}

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [at, part] of parts.entries()) {
    // No leading zeros: some resolvers read them as octal.
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[at] = Number(part);
  }
  return bytes;
}

function readIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group (RFC 4291, section 2.2).
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

function readGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [at, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const ipv4 = mayEndInIpv4 && at === groups.length - 1 ? readIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes;
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === 16 &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff &&
    bytes.subarray(0, 10).every((byte) => byte === 0)
  );
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0));
  // RFC 5952, section 4.2: the longest run of two or more zero groups, the first of equals.
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) {
      start = at;
      length = end - at;
    }
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (start === -1) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
