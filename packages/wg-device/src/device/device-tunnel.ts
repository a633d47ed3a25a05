// Keeps the promises of the port for every adapter: check all changes, send them as one set, read back, undo
// a set that was half applied.
import { platformX25519 } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { type InterfaceName, type WgDeviceState, wgPublicKeyFromPrivate } from '@mesh/wg';
import type { InterfaceLock } from '../linux/interface-lock.ts';
import type { IpLink } from '../linux/ip-link.ts';
import type { Tunnel, TunnelUp, TunnelUpReport } from '../port/tunnel.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import type { DeviceSnapshot, PeerChange, WgDevice } from '../port/wg-device.ts';
import type { EnsuredInterface, WireguardInterface } from '../port/wireguard-interface.ts';
import { checkAgainstState, checkPeerChanges, checkUp } from './check-changes.ts';
import { planUndo } from './plan-undo.ts';
import { findUnapplied } from './verify-applied.ts';

export interface DeviceTunnelParts {
  readonly interfaceName: InterfaceName;
  readonly device: WgDevice;
  readonly link: Pick<IpLink, 'ensure'>;
  readonly life: WireguardInterface;
  readonly lock: InterfaceLock;
}

export function createDeviceTunnel(parts: DeviceTunnelParts): Tunnel {
  const { interfaceName, device, link, life, lock } = parts;

  // Calls run one after the other, in call order: a removal never overtakes an earlier addition.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(() => asTunnelError(task));
    last = turn.catch(() => {});
    return turn;
  }

  async function configure(
    { kind, link: found }: EnsuredInterface,
    wanted: TunnelUp,
  ): Promise<TunnelUpReport> {
    const before = await device.read();
    const foundKey = before.publicKey;
    const keyDiffers = foundKey !== wgPublicKeyFromPrivate(wanted.privateKey, platformX25519.publicKeyOf);
    const portDiffers = before.listenPort !== wanted.listenPort;
    // To set the same port again would close and reopen the socket under live sessions.
    if (keyDiffers || portDiffers) {
      await device.apply({
        ...(keyDiffers ? { privateKey: wanted.privateKey } : {}),
        ...(portDiffers ? { listenPort: wanted.listenPort } : {}),
        peers: [],
      });
    }
    const changes = await link.ensure({ ...wanted, routes: wanted.routes ?? [] }, found);
    const isAsFound =
      !keyDiffers &&
      !portDiffers &&
      !changes.mtuChanged &&
      !changes.wasDown &&
      changes.addressesAdded.length + changes.routesAdded.length === 0;
    // Reading many peers costs more than all the rest of a check that changes nothing.
    const state = inOrder(isAsFound ? before : await device.read());
    return {
      kind,
      privateKeyReplaced: keyDiffers && foundKey !== undefined,
      listenPortChanged: portDiffers && kind === 'adopted',
      ...changes,
      state,
    };
  }

  async function up(wanted: TunnelUp): Promise<TunnelUpReport> {
    const ensured = await life.ensure();
    try {
      return await configure(ensured, wanted);
    } catch (error) {
      // An interface that this call made is removed. One that it adopted may carry live sessions, so it
      // stays.
      if (ensured.kind === 'created') await life.remove().catch(() => {});
      throw error;
    }
  }

  /**
   * Applies all of the changes or none.
   * @param plan chooses the changes, given the device as it is
   */
  async function change(plan: (before: WgDeviceState) => readonly PeerChange[]): Promise<void> {
    using before = await device.snapshot();
    const changes = plan(before.state);
    checkAgainstState(changes, before.state);
    let failure: string | undefined;
    try {
      await device.apply({ peers: changes });
    } catch (error) {
      failure = messageOf(error);
    }
    // The answer alone decides nothing: a set that failed can have applied everything, and another program
    // can disturb one that succeeded.
    const after = await readForUndo(before, failure);
    const unapplied = findUnapplied(changes, before.state, after);
    if (failure === undefined && unapplied === undefined) return;
    const reason = failure ?? `peer ${unapplied?.publicKey} ${unapplied?.what}`;
    await undo(before, after, changes, reason);
    throw new TunnelError('apply_failed', `the set on ${interfaceName} failed and was undone: ${reason}`);
  }

  async function readForUndo(before: DeviceSnapshot, failure: string | undefined): Promise<WgDeviceState> {
    try {
      return await device.read();
    } catch (error) {
      throw undoFailed(before, failure ?? 'it could not be read back', error);
    }
  }

  async function undo(
    before: DeviceSnapshot,
    after: WgDeviceState,
    changes: readonly PeerChange[],
    reason: string,
  ): Promise<void> {
    try {
      const back = planUndo(before, after, changes);
      if (back.length === 0) return;
      // Here too, the device's state decides, not its answer.
      const failure = await device.apply({ peers: back }).then(() => undefined, messageOf);
      const left = findUnapplied(back, after, await device.read());
      if (left !== undefined) {
        throw new TunnelError(
          'apply_failed',
          `peer ${left.publicKey} ${left.what}; ${failure ?? 'no error'}`,
        );
      }
    } catch (error) {
      throw undoFailed(before, reason, error);
    }
  }

  function undoFailed(before: DeviceSnapshot, reason: string, error: unknown): TunnelError {
    return new TunnelError(
      'undo_failed',
      `a set on ${interfaceName} (${before.state.peers.length} peers) failed (${reason}) and so did undoing it ` +
        `(${messageOf(error)}): read the interface and reconcile`,
    );
  }

  async function remove(changes: readonly PeerChange[]): Promise<void> {
    // Nothing is read first: a removal must be quick, and it does not matter if a peer is absent.
    await device.apply({ peers: changes });
    const after = await device.read();
    const left = findUnapplied(changes, after, after);
    if (left === undefined) return;
    throw new TunnelError(
      'apply_failed',
      `peer ${left.publicKey} ${left.what} on ${interfaceName}: remove it again`,
    );
  }

  return {
    interfaceName,

    up: (wanted) =>
      inTurn(async () => {
        checkUp(wanted);
        return await lock(() => up(wanted));
      }),

    read: () => inTurn(async () => inOrder(await device.read())),

    setPresharedKeys: (wanted) =>
      inTurn(async () => {
        const changes = wanted.map(
          ({ publicKey, presharedKey }): PeerChange => ({ kind: 'update', publicKey, presharedKey }),
        );
        checkPeerChanges(changes);
        if (changes.length > 0) await lock(() => change(() => changes));
      }),

    addPeers: (wanted) =>
      inTurn(async () => {
        checkPeerChanges(wanted.map((peer) => ({ kind: 'create', ...peer })));
        if (wanted.length === 0) return;
        await lock(() =>
          change((before) => {
            const present = new Set<string>(before.peers.map((peer) => peer.publicKey));
            return wanted.map(({ endpoint, ...peer }): PeerChange => {
              if (present.has(peer.publicKey)) return { kind: 'update', ...peer };
              return { kind: 'create', ...peer, ...defined({ endpoint }) };
            });
          }),
        );
      }),

    removePeers: (publicKeys) =>
      inTurn(async () => {
        const changes = publicKeys.map((publicKey): PeerChange => ({ kind: 'remove', publicKey }));
        checkPeerChanges(changes);
        if (changes.length > 0) await lock(() => remove(changes));
      }),

    updatePeer: (wanted) =>
      inTurn(async () => {
        const changes: PeerChange[] = [{ kind: 'update', ...wanted }];
        checkPeerChanges(changes);
        await lock(() => change(() => changes));
      }),

    down: () => inTurn(() => lock(() => life.remove())),
  };
}

/** Devices list their peers in any order, and some change the order at each read. */
function inOrder(state: WgDeviceState): WgDeviceState {
  return { ...state, peers: state.peers.toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1)) };
}

async function asTunnelError<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof TunnelError) throw error;
    // This is a fault in this package, not in the system. Its text could quote a key, so only its name is
    // shown.
    const kind = error instanceof Error ? error.name : typeof error;
    throw new TunnelError('unexpected_answer', `the tunnel adapter failed with ${kind}`);
  }
}

/** Repeats only texts that this package wrote. */
function messageOf(error: unknown): string {
  return error instanceof TunnelError ? error.message : 'an unexpected error';
}
