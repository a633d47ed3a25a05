// What a running WireGuard device reports about itself, in one form for both sources: the userspace API and
// `wg show … dump`. It holds no secret: the private key is reduced to its public key, a preshared key to its
// digest.

import { concatBytes, portableSha256, type Sha256, utf8 } from '@mesh/primitives';
import type { Cidr } from './cidr.ts';
import type { LearntEndpoint } from './endpoint.ts';
import { hexOf32Bytes } from './key-text.ts';
import { parseWgPresharedKey, type WgPresharedKey, type WgPublicKey, wgKeyToBytes } from './keys.ts';

export interface WgDevicePeer {
  readonly publicKey: WgPublicKey;
  readonly hasPresharedKey: boolean;
  /** {@link presharedKeyDigest} of the key in use; absent without one. */
  readonly presharedKeyDigest?: string;
  /**
   * The configured endpoint, or the one of the peer's last authenticated packet: WireGuard does not say
   * which.
   */
  readonly endpoint?: LearntEndpoint;
  readonly allowedIps: readonly Cidr[];
  /** Seconds since the Unix epoch by the device's clock; absent before the first handshake. */
  readonly latestHandshakeSeconds?: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Absent when off. */
  readonly persistentKeepaliveSeconds?: number;
}

export interface WgDeviceState {
  /** Absent before the device has a private key. */
  readonly publicKey?: WgPublicKey;
  /** 0 if the device has not opened a socket yet. */
  readonly listenPort: number;
  /** Absent when off. */
  readonly fwmark?: number;
  readonly peers: readonly WgDevicePeer[];
}

const DIGEST_LABEL = utf8('mesh/wg/preshared-key-digest\n');

/**
 * `"sha256:" + hex(SHA-256(label ‖ key[32]))`: lets two preshared keys be compared, logged and reported
 * without being known. A preshared key has 256 random bits, so its digest can be shown to anybody.
 * @param sha256 the hash, for callers that digest thousands of keys and have a faster one than the default
 * @throws WgError `invalid_key`
 */
export function presharedKeyDigest(presharedKey: WgPresharedKey, sha256: Sha256 = portableSha256): string {
  return digestOf(wgKeyToBytes(parseWgPresharedKey(presharedKey)), sha256);
}

/** {@link presharedKeyDigest} of a key's 32 bytes, not all zero. They are zeroed. */
export function digestOf(key: Uint8Array, sha256: Sha256): string {
  const input = concatBytes(DIGEST_LABEL, key);
  const digest = `sha256:${hexOf32Bytes(sha256(input))}`;
  key.fill(0);
  input.fill(0);
  return digest;
}
