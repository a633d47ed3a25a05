// Finds the changes that bring the peers of a failed set back to what they were. Pure.

import { sameCidrs, type WgDeviceState, type WgPublicKey, wgKeyFromBytes } from '@mesh/wg';
import type { DeviceSnapshot, PeerChange, PeerSettings } from '../port/wg-device.ts';

/**
 * Compares `before` with `after` for the peers in `changes`: peers that the set created are removed, settings
 * that it changed are restored. A removal is not undone: to add the peer again would re-admit it. An endpoint
 * is left alone if it did not change, or if it was unknown before: WireGuard cannot forget an endpoint.
 *
 * The restored preshared keys are strings, which JavaScript cannot wipe: apply the plan, then drop it.
 */
export function planUndo(
  before: DeviceSnapshot,
  after: WgDeviceState,
  changes: readonly PeerChange[],
): PeerChange[] {
  const wasPeer = new Map(before.state.peers.map((peer) => [peer.publicKey, peer]));
  const isPeer = new Map(after.peers.map((peer) => [peer.publicKey, peer]));
  const undo: PeerChange[] = [];
  for (const change of changes) {
    const { publicKey } = change;
    const was = wasPeer.get(publicKey);
    const is = isPeer.get(publicKey);
    if (change.kind === 'remove' || is === undefined) continue;
    if (was === undefined || wasRecreated(change, was, is)) {
      undo.push({ kind: 'remove', publicKey });
      continue;
    }
    const keepaliveSeconds = was.persistentKeepaliveSeconds ?? 0;
    const settings: PeerSettings = {
      ...(was.presharedKeyDigest === is.presharedKeyDigest
        ? {}
        : { presharedKey: presharedKeyOf(before, publicKey) }),
      ...(sameCidrs(was.allowedIps, is.allowedIps) ? {} : { allowedIps: was.allowedIps }),
      ...(keepaliveSeconds === (is.persistentKeepaliveSeconds ?? 0)
        ? {}
        : { persistentKeepaliveSeconds: keepaliveSeconds }),
      ...(was.endpoint === undefined || sameEndpoint(was.endpoint, is.endpoint)
        ? {}
        : { endpoint: was.endpoint }),
    };
    if (Object.keys(settings).length > 0) undo.push({ kind: 'update', publicKey, ...settings });
  }
  return undo;
}

/**
 * True if an update created a peer again that another program, without the lock, had removed a moment before.
 * The peer then lacks the allowed IPs that it had. It must be removed, not completed.
 */
export function wasRecreated(
  change: PeerChange,
  was: { readonly allowedIps: readonly string[] },
  is: { readonly allowedIps: readonly string[] },
): boolean {
  const listIsGiven = change.kind === 'remove' || change.allowedIps !== undefined;
  return !listIsGiven && was.allowedIps.length > 0 && is.allowedIps.length === 0;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

function sameEndpoint(a: HostPort, b: HostPort | undefined): boolean {
  return b !== undefined && a.host === b.host && a.port === b.port;
}

function presharedKeyOf(snapshot: DeviceSnapshot, publicKey: WgPublicKey) {
  return snapshot.presharedKeys.get(publicKey)?.use((bytes) => wgKeyFromBytes('preshared', bytes)) ?? 'none';
}
