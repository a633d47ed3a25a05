// What the adapters differ in: how a WireGuard device is read and how one batch of changes reaches it.
// Everything above that (validation, read-back, undo, order) is device-tunnel.ts and the same for all.
import type { SecretBytes } from '@mesh/primitives';
import type { Cidr, Endpoint, WgDeviceState, WgPresharedKey, WgPrivateKey, WgPublicKey } from '@mesh/wg';

/** The device before a change, with what an undo needs. Disposing wipes the preshared keys. */
export interface DeviceSnapshot extends Disposable {
  readonly state: WgDeviceState;
  /** A peer without an entry has none. */
  readonly presharedKeys: ReadonlyMap<WgPublicKey, SecretBytes>;
}

/** `none` takes the key away: only an undo does that. */
export type PresharedKeySetting = WgPresharedKey | 'none';

export interface PeerSettings {
  readonly presharedKey?: PresharedKeySetting;
  readonly endpoint?: Endpoint;
  /** Replaces the whole list. */
  readonly allowedIps?: readonly Cidr[];
  /** 0 is off. */
  readonly persistentKeepaliveSeconds?: number;
}

export type PeerChange =
  | ({ readonly kind: 'create' | 'update'; readonly publicKey: WgPublicKey } & PeerSettings)
  | { readonly kind: 'remove'; readonly publicKey: WgPublicKey };

export interface DeviceChanges {
  readonly privateKey?: WgPrivateKey;
  readonly listenPort?: number;
  readonly peers: readonly PeerChange[];
}

export interface WgDevice {
  /** @throws TunnelError `not_up` where nothing answers */
  read(): Promise<WgDeviceState>;
  /** As `read`, and keeps the preshared keys as bytes until the caller disposes of them. */
  snapshot(): Promise<DeviceSnapshot>;
  /**
   * Sends all changes as one set. `update` never creates a peer where the technology can promise that. May
   * throw with a part applied.
   */
  apply(changes: DeviceChanges): Promise<void>;
}

/** @param presharedKeys taken over: disposing the snapshot disposes of them */
export function createSnapshot(
  state: WgDeviceState,
  presharedKeys: ReadonlyMap<WgPublicKey, SecretBytes>,
): DeviceSnapshot {
  return {
    state,
    presharedKeys,
    [Symbol.dispose]: () => {
      for (const secret of presharedKeys.values()) secret.dispose();
    },
  };
}
