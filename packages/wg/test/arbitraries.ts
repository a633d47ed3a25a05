// Arbitrary valid values for property tests.

import fc from 'fast-check';
import type { WgInterface, WgPeer } from '../src/index.ts';
import { parseCidr, parseEndpoint, wgKeyFromBytes } from '../src/index.ts';
import { formatIpBytes } from '../src/ip-address.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const accepted = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
const present = <T>(value: T | undefined): value is T => value !== undefined;

export const privateKeys = bytes(32)
  .map((raw) => accepted(() => wgKeyFromBytes('private', raw)))
  .filter(present);
export const publicKeys = bytes(32)
  .map((raw) => accepted(() => wgKeyFromBytes('public', raw)))
  .filter(present);
export const presharedKeys = bytes(32)
  .map((raw) => accepted(() => wgKeyFromBytes('preshared', raw)))
  .filter(present);

/** Zero groups are frequent, because canonical IPv6 text depends on them. */
const ipv6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
export const ipBytes = fc.oneof(bytes(4), ipv6Bytes);

export const endpoints = fc
  .tuple(ipBytes, fc.integer({ min: 1, max: 65_535 }))
  .map(([raw, port]) => {
    const host = formatIpBytes(raw);
    return accepted(() => parseEndpoint(raw.length === 4 ? `${host}:${port}` : `[${host}]:${port}`));
  })
  .filter(present);

export const cidrs = fc
  .tuple(ipBytes, fc.integer({ min: 0, max: 128 }))
  .map(([raw, length]) => {
    const prefixLength = length % (raw.length * 8 + 1);
    const masked = raw.map(
      (byte, at) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefixLength - at * 8)))),
    );
    return accepted(() => parseCidr(`${formatIpBytes(masked)}/${prefixLength}`));
  })
  .filter(present);

const optional = { requiredKeys: ['publicKey', 'allowedIps'] } as const;
const rawPeers = fc.record(
  {
    publicKey: publicKeys,
    presharedKey: presharedKeys,
    endpoint: endpoints,
    allowedIps: fc.array(cidrs, { maxLength: 4 }),
    persistentKeepaliveSeconds: fc.integer({ min: 1, max: 65_535 }),
  },
  { requiredKeys: [...optional.requiredKeys] },
);

/** Peers with distinct public keys. Each range belongs to one peer. */
export const peerLists: fc.Arbitrary<WgPeer[]> = fc
  .uniqueArray(rawPeers, { maxLength: 6, selector: (peer) => peer.publicKey })
  .map((peers) => {
    const taken = new Set<string>();
    return peers.map((peer) => ({
      ...peer,
      allowedIps: peer.allowedIps.filter((range) => !taken.has(range) && taken.add(range)),
    }));
  });

export const interfaces: fc.Arbitrary<WgInterface> = fc.record(
  {
    privateKey: privateKeys,
    listenPort: fc.integer({ min: 1, max: 65_535 }),
    fwmark: fc.integer({ min: 1, max: 0xffff_ffff }),
    peers: peerLists,
  },
  { requiredKeys: ['privateKey', 'peers'] },
);
