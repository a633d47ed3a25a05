// Refuses what must not reach a device, before anything is changed. Pure. Types alone do not protect here:
// callers may have the values from a network, and they end up in argv and in line-based texts.
import {
  checkEndpoint,
  ipFamily,
  isHostCidr,
  parseWgPresharedKey,
  parseWgPrivateKey,
  parseWgPublicKey,
  type WgDeviceState,
  wgKeyToBytes,
} from '@mesh/wg';
import { asInvalidInput, checkCanonicalCidr, checkDistinct, checkWhole } from '../port/check-values.ts';
import type { TunnelUp } from '../port/tunnel.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import type { PeerChange } from '../port/wg-device.ts';

const MIN_MTU_IPV6 = 1280;

/** @throws TunnelError `invalid_input` */
export function checkUp(wanted: TunnelUp): void {
  asInvalidInput('up', () => {
    parseWgPrivateKey(wanted.privateKey);
    checkWhole('listenPort', wanted.listenPort, 1, 65_535);
    const hasIpv6 = wanted.addresses.some((address) => ipFamily(address) === 6);
    checkWhole('mtu', wanted.mtu, hasIpv6 ? MIN_MTU_IPV6 : 576, 65_535);
    checkDistinct('address', wanted.addresses);
    for (const address of wanted.addresses) {
      checkCanonicalCidr(address);
      // A whole block belongs in `routes`.
      if (!isHostCidr(address)) {
        throw new TunnelError('invalid_input', `up: ${address} is a block: give one address, as /32 or /128`);
      }
    }
    for (const route of wanted.routes ?? []) checkCanonicalCidr(route);
  });
}

/** Checks each value of a batch and that no peer is named twice. @throws TunnelError `invalid_input` */
export function checkPeerChanges(changes: readonly PeerChange[]): void {
  for (const change of changes) {
    asInvalidInput('peers', () => {
      if (change.kind === 'remove') {
        // A peer whose key `parseWgPublicKey` would refuse can still be removed, if somebody has added it.
        wgKeyToBytes(change.publicKey);
        return;
      }
      parseWgPublicKey(change.publicKey);
      checkSettings(change);
    });
  }
  checkDistinct(
    'peer',
    changes.map((change) => change.publicKey),
  );
  checkDistinct(
    'allowed IP',
    changes.flatMap((change) => (change.kind === 'remove' ? [] : (change.allowedIps ?? []))),
  );
}

/**
 * Checks a batch against the device: each updated peer must exist, and no other peer may have a wanted
 * allowed IP.
 * @throws TunnelError `unknown_peer`, `allowed_ip_taken`
 */
export function checkAgainstState(changes: readonly PeerChange[], state: WgDeviceState): void {
  const present = new Set<string>(state.peers.map((peer) => peer.publicKey));
  const holders = new Map<string, string>();
  for (const peer of state.peers) {
    for (const allowedIp of peer.allowedIps) holders.set(allowedIp, peer.publicKey);
  }
  for (const change of changes) {
    if (change.kind === 'update' && !present.has(change.publicKey)) {
      throw new TunnelError(
        'unknown_peer',
        `the interface has no peer ${change.publicKey}: nothing was changed; add the peer if it is meant to be there`,
      );
    }
    for (const allowedIp of (change.kind !== 'remove' && change.allowedIps) || []) {
      const holder = holders.get(allowedIp);
      if (holder !== undefined && holder !== change.publicKey) {
        throw new TunnelError(
          'allowed_ip_taken',
          `${allowedIp} belongs to peer ${holder}: nothing was changed; remove that peer first`,
        );
      }
    }
  }
}

function checkSettings(change: PeerChange & { kind: 'create' | 'update' }): void {
  const { presharedKey, endpoint, allowedIps, persistentKeepaliveSeconds } = change;
  if (presharedKey !== undefined && presharedKey !== 'none') parseWgPresharedKey(presharedKey);
  if (endpoint !== undefined) checkEndpoint(endpoint);
  for (const allowedIp of allowedIps ?? []) checkCanonicalCidr(allowedIp);
  if (persistentKeepaliveSeconds !== undefined) {
    checkWhole('persistentKeepaliveSeconds', persistentKeepaliveSeconds, 0, 65_535);
  }
}
