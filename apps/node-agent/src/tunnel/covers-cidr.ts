// Whether one address block lies within another. Pure.
import { type Cidr, parseIpBytes } from '@mesh/wg';

/** True when every address of `inner` is one of `outer`. Blocks of different families never cover each other. */
export function coversCidr(outer: Cidr, inner: Cidr): boolean {
  const a = split(outer);
  const b = split(inner);
  if (a.bytes.length !== b.bytes.length || a.prefixLength > b.prefixLength) return false;
  return a.bytes.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, a.prefixLength - at * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((b.bytes[at] ?? 0) & mask);
  });
}

/** True for a /32 or /128: one address rather than a block. */
export function isHostCidr(cidr: Cidr): boolean {
  const { bytes, prefixLength } = split(cidr);
  return prefixLength === bytes.length * 8;
}

function split(cidr: Cidr): { bytes: Uint8Array; prefixLength: number } {
  const slash = cidr.indexOf('/');
  return { bytes: parseIpBytes(cidr.slice(0, slash)), prefixLength: Number(cidr.slice(slash + 1)) };
}
