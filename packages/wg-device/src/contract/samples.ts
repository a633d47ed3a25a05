// Keys, peers and settings that the contract gives an adapter.
import { randomBytes } from 'node:crypto';
import {
  clampWgPrivateKey,
  parseCidr,
  parseEndpoint,
  type WgDeviceState,
  type WgPresharedKey,
  type WgPrivateKey,
  type WgPublicKey,
  wgKeyFromBytes,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import type { NewPeer, TunnelUp, TunnelUpReport } from '../port/tunnel.ts';

export function makePrivateKey(): WgPrivateKey {
  return clampWgPrivateKey(randomBytes(32));
}

export function makePublicKey(): WgPublicKey {
  return wgPublicKeyFromPrivate(makePrivateKey());
}

export function makePsk(): WgPresharedKey {
  return wgKeyFromBytes('preshared', randomBytes(32));
}

export function makePeer(n: number, overrides: Partial<NewPeer> = {}): NewPeer {
  return {
    publicKey: makePublicKey(),
    presharedKey: makePsk(),
    endpoint: parseEndpoint(`198.51.100.${n}:51820`),
    allowedIps: [parseCidr(`10.44.0.${n}/32`), parseCidr(`fd44::${n}/128`)],
    persistentKeepaliveSeconds: 25,
    ...overrides,
  };
}

export function makeUp(overrides: Partial<TunnelUp> = {}): TunnelUp {
  return {
    privateKey: makePrivateKey(),
    listenPort: 51_820,
    addresses: [parseCidr('10.44.0.250/32'), parseCidr('fd44::250/128')],
    mtu: 1420,
    routes: [parseCidr('10.44.0.0/16'), parseCidr('fd44::/64')],
    ...overrides,
  };
}

export function peerOf(state: WgDeviceState, publicKey: string | undefined) {
  return state.peers.find((peer) => peer.publicKey === publicKey);
}

/** The report of `up`, without the state, for an interface that already was as wanted. */
export const NOTHING_CHANGED: Omit<TunnelUpReport, 'state'> = {
  kind: 'adopted',
  privateKeyReplaced: false,
  listenPortChanged: false,
  addressesAdded: [],
  routesAdded: [],
  mtuChanged: false,
  wasDown: false,
};
