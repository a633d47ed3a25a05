// The tunnel that changes nothing on the host. It keeps its state in memory and prints each change as one
// line, without a secret.
import { defined, SecretBytes } from '@mesh/primitives';
import {
  type Cidr,
  formatEndpoint,
  type InterfaceName,
  presharedKeyDigest,
  type WgDevicePeer,
  type WgDeviceState,
  type WgPresharedKey,
  type WgPublicKey,
  wgKeyToBytes,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import { createDeviceTunnel } from '../device/device-tunnel.ts';
import type { Tunnel } from '../port/tunnel.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import {
  createSnapshot,
  type DeviceChanges,
  type PeerChange,
  type PeerSettings,
  type WgDevice,
} from '../port/wg-device.ts';

export interface DryRunTunnelOptions {
  readonly interfaceName: InterfaceName;
  /** Called with one line, without a line break, for each change. */
  readonly writeLine: (line: string) => void;
}

export function createDryRunTunnel({ interfaceName, writeLine }: DryRunTunnelOptions): Tunnel {
  const print = (line: string) => writeLine(`[dry run] ${interfaceName}: ${line}`);
  let memory: Memory | undefined;
  const live = (): Memory => {
    if (memory === undefined) throw new TunnelError('not_up', `${interfaceName} does not exist: call up`);
    return memory;
  };
  return createDeviceTunnel({
    interfaceName,
    lock: (task) => task(),
    device: createMemoryDevice(live, print),
    life: {
      async ensure() {
        if (memory !== undefined) return { kind: 'adopted' };
        memory = {
          device: { listenPort: 0 },
          peers: new Map(),
          addresses: new Set(),
          routes: new Set(),
          mtu: 0,
        };
        print('create the interface');
        return { kind: 'created' };
      },
      async remove() {
        if (memory !== undefined) print('remove the interface');
        memory = undefined;
      },
    },
    link: {
      async ensure({ addresses, mtu, routes }) {
        const found = live();
        const mtuChanged = found.mtu !== mtu;
        if (mtuChanged) print(`mtu ${mtu}`);
        found.mtu = mtu;
        return {
          addressesAdded: addMissing(found.addresses, addresses, (address) => print(`address ${address}`)),
          routesAdded: addMissing(found.routes, routes, (route) => print(`route ${route}`)),
          mtuChanged,
          wasDown: false,
        };
      },
    },
  });
}

interface MemoryPeer {
  readonly peer: WgDevicePeer;
  readonly presharedKey: WgPresharedKey | undefined;
}

interface Memory {
  device: Omit<WgDeviceState, 'peers'>;
  readonly peers: Map<WgPublicKey, MemoryPeer>;
  readonly addresses: Set<Cidr>;
  readonly routes: Set<Cidr>;
  mtu: number;
}

function createMemoryDevice(live: () => Memory, print: (line: string) => void): WgDevice {
  const stateOf = (memory: Memory): WgDeviceState => ({
    ...memory.device,
    peers: Array.from(memory.peers.values(), ({ peer }) => peer),
  });
  return {
    async read() {
      return stateOf(live());
    },
    async snapshot() {
      const peers = [...live().peers];
      return createSnapshot(stateOf(live()), new Uint8Array(), () => {
        const secrets = new Map<WgPublicKey, SecretBytes>();
        for (const [publicKey, { presharedKey }] of peers) {
          if (presharedKey !== undefined) secrets.set(publicKey, SecretBytes.own(wgKeyToBytes(presharedKey)));
        }
        return secrets;
      });
    },
    async apply(changes: DeviceChanges) {
      const memory = live();
      if (changes.privateKey !== undefined) {
        const publicKey = wgPublicKeyFromPrivate(changes.privateKey);
        memory.device = { ...memory.device, publicKey };
        print(`private key of ${shorten(publicKey)}`);
      }
      if (changes.listenPort !== undefined) {
        memory.device = { ...memory.device, listenPort: changes.listenPort };
        print(`listen on UDP port ${changes.listenPort}`);
      }
      for (const change of changes.peers) applyPeer(memory, change, print);
    },
  };
}

function applyPeer(memory: Memory, change: PeerChange, print: (line: string) => void): void {
  const { publicKey } = change;
  const found = memory.peers.get(publicKey);
  if (change.kind === 'remove') {
    if (memory.peers.delete(publicKey)) print(`remove peer ${shorten(publicKey)}`);
    return;
  }
  if (change.kind === 'update' && found === undefined) return;
  memory.peers.set(publicKey, merge(publicKey, found, change));
  print(`${change.kind === 'create' ? 'add' : 'update'} peer ${shorten(publicKey)}${describe(change)}`);
}

function merge(publicKey: WgPublicKey, found: MemoryPeer | undefined, change: PeerSettings): MemoryPeer {
  const presharedKey =
    change.presharedKey === undefined ? found?.presharedKey : withoutNone(change.presharedKey);
  const endpoint = change.endpoint ?? found?.peer.endpoint;
  const keepaliveSeconds = change.persistentKeepaliveSeconds ?? found?.peer.persistentKeepaliveSeconds ?? 0;
  return {
    presharedKey,
    peer: {
      publicKey,
      hasPresharedKey: presharedKey !== undefined,
      ...(presharedKey === undefined ? {} : { presharedKeyDigest: presharedKeyDigest(presharedKey) }),
      ...defined({ endpoint }),
      allowedIps: [...(change.allowedIps ?? found?.peer.allowedIps ?? [])],
      rxBytes: 0,
      txBytes: 0,
      ...(keepaliveSeconds === 0 ? {} : { persistentKeepaliveSeconds: keepaliveSeconds }),
    },
  };
}

function withoutNone(setting: WgPresharedKey | 'none'): WgPresharedKey | undefined {
  return setting === 'none' ? undefined : setting;
}

function describe({ presharedKey, endpoint, allowedIps, persistentKeepaliveSeconds }: PeerSettings): string {
  const parts = [
    presharedKey === undefined ? undefined : 'new preshared key',
    endpoint === undefined ? undefined : `endpoint ${formatEndpoint(endpoint)}`,
    allowedIps === undefined ? undefined : `allowed IPs ${allowedIps.join(' ') || 'none'}`,
    persistentKeepaliveSeconds === undefined ? undefined : `keepalive ${persistentKeepaliveSeconds} s`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

/** Eight characters are enough to tell peers apart. */
function shorten(publicKey: WgPublicKey): string {
  return `${publicKey.slice(0, 8)}…`;
}

function addMissing(present: Set<Cidr>, wanted: readonly Cidr[], onAdd: (value: Cidr) => void): Cidr[] {
  const added = wanted.filter((value) => !present.has(value));
  for (const value of added) {
    present.add(value);
    onAdd(value);
  }
  return added;
}
