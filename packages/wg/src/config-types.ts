// The wanted state of a WireGuard interface, and the one place that checks it before it becomes text. Types
// do not hold after JSON or a cast, so renderers never trust them: a newline in a "key" would make another
// line.

import { type Cidr, parseCidr } from './cidr.ts';
import { checkEndpoint, type Endpoint } from './endpoint.ts';
import { WgError } from './errors.ts';
import {
  parseWgPresharedKey,
  parseWgPrivateKey,
  parseWgPublicKey,
  type WgPresharedKey,
  type WgPrivateKey,
  type WgPublicKey,
} from './keys.ts';
import { checkInteger, MAX_FWMARK, MAX_KEEPALIVE_SECONDS, MAX_PORT } from './numbers.ts';

export interface WgPeer {
  readonly publicKey: WgPublicKey;
  readonly presharedKey?: WgPresharedKey;
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Cidr[];
  /** 1 to 65535; absent means that no keepalive is sent. */
  readonly persistentKeepaliveSeconds?: number;
}

export interface WgInterface {
  readonly privateKey: WgPrivateKey;
  /** 1 to 65535; absent means that the device chooses one. */
  readonly listenPort?: number;
  /** 1 to 2^32 - 1; absent means no mark. */
  readonly fwmark?: number;
  readonly peers: readonly WgPeer[];
}

/**
 * Gives a copy of `value` that holds nothing but valid, canonical fields.
 * @throws WgError with the code of the faulty field; `duplicate_peer`; `duplicate_allowed_ip`
 */
export function checkInterface(value: WgInterface): WgInterface {
  const peers = value.peers.map(checkPeer);
  checkDistinctPeers(peers);
  checkDistinctAllowedIps(peers);
  return {
    privateKey: parseWgPrivateKey(value.privateKey),
    ...(value.listenPort === undefined
      ? {}
      : { listenPort: checkInteger(value.listenPort, 'the listen port', 1, MAX_PORT) }),
    ...(value.fwmark === undefined
      ? {}
      : { fwmark: checkInteger(value.fwmark, 'the fwmark', 1, MAX_FWMARK) }),
    peers,
  };
}

/**
 * Gives a copy of a peer with valid, canonical fields only.
 *
 * @throws WgError with the code of the faulty field
 */
export function checkPeer(peer: WgPeer): WgPeer {
  const { presharedKey, endpoint, persistentKeepaliveSeconds } = peer;
  return {
    publicKey: parseWgPublicKey(peer.publicKey),
    ...(presharedKey === undefined ? {} : { presharedKey: parseWgPresharedKey(presharedKey) }),
    ...(endpoint === undefined ? {} : { endpoint: checkEndpoint(endpoint) }),
    allowedIps: peer.allowedIps.map(parseCidr),
    ...(persistentKeepaliveSeconds === undefined
      ? {}
      : {
          persistentKeepaliveSeconds: checkInteger(
            persistentKeepaliveSeconds,
            'the persistent keepalive',
            1,
            MAX_KEEPALIVE_SECONDS,
          ),
        }),
  };
}

/**
 * @throws WgError `duplicate_peer` if two peers have the same public key, or one has a key that was `seen`
 *   before.
 */
export function checkDistinctPeers(
  peers: readonly { readonly publicKey: WgPublicKey }[],
  seen: Set<string> = new Set(),
): void {
  for (const { publicKey } of peers) {
    if (seen.has(publicKey)) {
      throw new WgError('duplicate_peer', `the peer ${publicKey} is listed twice: merge the two`);
    }
    seen.add(publicKey);
  }
}

/**
 * WireGuard gives a range to one peer only: a second peer that claims it silently takes the first one's
 * traffic.
 * @throws WgError `duplicate_allowed_ip`
 */
export function checkDistinctAllowedIps(
  peers: readonly { readonly allowedIps?: readonly Cidr[] }[],
  seen: Set<string> = new Set(),
): void {
  for (const { allowedIps = [] } of peers) {
    for (const range of allowedIps) {
      if (seen.has(range)) {
        throw new WgError(
          'duplicate_allowed_ip',
          `${range} is listed twice: WireGuard routes a range to one peer only`,
        );
      }
      seen.add(range);
    }
  }
}
