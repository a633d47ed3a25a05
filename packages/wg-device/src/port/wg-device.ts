// How a WireGuard device is read, and how one batch of changes reaches it. Adapters differ in this only:
// device-tunnel.ts does the rest for all of them (validation, read-back, undo, order).
import type { SecretBytes } from '@mesh/primitives';
import type { Cidr, Endpoint, WgDeviceState, WgPresharedKey, WgPrivateKey, WgPublicKey } from '@mesh/wg';

/** The device before a change, with what an undo needs. `dispose` wipes the preshared keys. */
export interface DeviceSnapshot extends Disposable {
  readonly state: WgDeviceState;
  /** A peer without an entry has no preshared key. Made when it is first asked for: only an undo asks. */
  readonly presharedKeys: ReadonlyMap<WgPublicKey, SecretBytes>;
}

/** `none` removes the key. Only an undo does that. */
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
  /** @throws TunnelError `not_up` if there is no such interface */
  read(): Promise<WgDeviceState>;
  /**
   * Like `read`, and keeps the answer's bytes, preshared keys included, until the caller disposes of the
   * snapshot.
   */
  snapshot(): Promise<DeviceSnapshot>;
  /**
   * Sends all changes as one set. It may throw after a part was applied. `update` does not create a peer, if
   * the device can promise that: wg-tool-device.ts cannot.
   */
  apply(changes: DeviceChanges): Promise<void>;
}

/**
 * @param answer what the device said, keys included; the snapshot owns it and wipes it
 * @param presharedKeysIn reads the keys of the answer; called only if an undo needs them. The snapshot
 *   disposes of them.
 */
export function createSnapshot(
  state: WgDeviceState,
  answer: Uint8Array,
  presharedKeysIn: (answer: Uint8Array) => ReadonlyMap<WgPublicKey, SecretBytes>,
): DeviceSnapshot {
  let keys: ReadonlyMap<WgPublicKey, SecretBytes> | undefined;
  return {
    state,
    get presharedKeys() {
      keys ??= presharedKeysIn(answer);
      return keys;
    },
    [Symbol.dispose]: () => {
      answer.fill(0);
      for (const secret of keys?.values() ?? []) secret.dispose();
    },
  };
}
