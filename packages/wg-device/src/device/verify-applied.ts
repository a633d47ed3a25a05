// Checks that a device has what a batch of changes asked for. Pure.
import { platformSha256 } from '@mesh/host';
import { presharedKeyDigest, sameCidrs, type WgDeviceState, type WgPublicKey } from '@mesh/wg';
import type { PeerChange, PresharedKeySetting } from '../port/wg-device.ts';
import { wasRecreated } from './plan-undo.ts';

/**
 * The first peer that is not as asked, and what differs; `undefined` if all are as asked. Endpoints are not
 * compared: an authentic packet from another address may already have changed one.
 */
export function findUnapplied(
  changes: readonly PeerChange[],
  before: WgDeviceState,
  now: WgDeviceState,
): { publicKey: WgPublicKey; what: string } | undefined {
  const peers = new Map(now.peers.map((peer) => [peer.publicKey, peer]));
  const earlier = new Map(before.peers.map((peer) => [peer.publicKey, peer]));
  for (const change of changes) {
    const { publicKey } = change;
    const peer = peers.get(publicKey);
    if (change.kind === 'remove') {
      if (peer !== undefined) return { publicKey, what: 'is still there' };
      continue;
    }
    if (peer === undefined) return { publicKey, what: 'is not there' };
    const was = earlier.get(publicKey);
    if (was !== undefined && wasRecreated(change, was, peer)) {
      return { publicKey, what: 'was removed by someone else meanwhile' };
    }
    if (change.presharedKey !== undefined && digestOf(change.presharedKey) !== peer.presharedKeyDigest) {
      return { publicKey, what: 'has another preshared key' };
    }
    if (change.allowedIps !== undefined && !sameCidrs(change.allowedIps, peer.allowedIps)) {
      return { publicKey, what: 'has other allowed IPs' };
    }
    const keepaliveSeconds = change.persistentKeepaliveSeconds;
    if (keepaliveSeconds !== undefined && keepaliveSeconds !== (peer.persistentKeepaliveSeconds ?? 0)) {
      return { publicKey, what: 'has another keepalive' };
    }
  }
  return undefined;
}

function digestOf(wanted: PresharedKeySetting): string | undefined {
  return wanted === 'none' ? undefined : presharedKeyDigest(wanted, platformSha256);
}
