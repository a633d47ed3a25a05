// Makes the changes of a plan, one call at a time. It notes each change in what the engine knows about the
// interface: what it wrote itself, which peers are there, and which peers fail.

import type { Clock } from '@mesh/host';
import type { EpochId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { Tunnel } from '@mesh/wg-device';
import type { GuardKeeper } from '../../guard/guard-keeper.ts';
import type { Desired, DesiredPeer } from '../../plan/desired-peers.ts';
import type { Plan } from '../../plan/reconcile.ts';
import type { BadPeers } from './bad-peers.ts';
import type { EngineReports } from './engine-reports.ts';
import type { FoundPeers } from './found-peers.ts';
import type { LastWritten } from './last-written.ts';
import type { LatestConfig } from './latest-config.ts';

export interface PeerChangesParts {
  readonly tunnel: Tunnel;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly keeper: GuardKeeper;
  readonly heard: Pick<LatestConfig, 'ageMs'>;
  readonly found: FoundPeers;
  readonly lastWritten: LastWritten;
  readonly badPeers: BadPeers;
  readonly reports: EngineReports;
}

const NO_PEERS: ReadonlyMap<WgPublicKey, DesiredPeer> = new Map();

export class PeerChanges {
  readonly #parts: PeerChangesParts;

  constructor(parts: PeerChangesParts) {
    this.#parts = parts;
  }

  /** @throws TunnelError; the guard has closed to these peers even then */
  async remove(publicKeys: readonly WgPublicKey[]): Promise<void> {
    const { tunnel, keeper, heard, found, lastWritten, badPeers, reports } = this.#parts;
    const gone = new Set(publicKeys);
    lastWritten.touch(publicKeys.map((publicKey) => ({ publicKey })));
    try {
      await tunnel.removePeers(publicKeys);
    } finally {
      // If the tunnel fails to remove the peers, the guard still closes to them.
      keeper.closeTo(found.addressesOf(gone));
    }
    const tookMs = heard.ageMs();
    found.forget(gone);
    badPeers.forget(publicKeys);
    for (const publicKey of publicKeys)
      reports.peerRemoved(found.nodeOf(publicKey) ?? null, publicKey, tookMs);
  }

  /**
   * Makes the most urgent change of a plan without removals: keys, then updates, then additions.
   *
   * @returns whether there was one
   * @throws TunnelError
   */
  async make(plan: Plan, desired: Desired): Promise<boolean> {
    const peers = desired.kind === 'peers' ? desired.peers : NO_PEERS;
    const { badPeers } = this.#parts;
    const setPsks = badPeers.portion(plan.setPsks);
    if (setPsks.length > 0) {
      await this.#setPsks(setPsks, peers);
      return true;
    }
    const [update] = plan.update;
    if (update !== undefined) {
      await this.#update(update);
      return true;
    }
    const add = badPeers.portion(plan.add);
    if (add.length === 0) return false;
    await this.#add(add, peers);
    return true;
  }

  async #setPsks(changes: Plan['setPsks'], peers: ReadonlyMap<WgPublicKey, DesiredPeer>): Promise<void> {
    const { tunnel, clock, lastWritten, badPeers, reports } = this.#parts;
    lastWritten.touch(changes);
    const startedAtMs = clock.monotonicMs();
    await badPeers.watch(changes, () => tunnel.setPresharedKeys(changes));
    const tookMs = Math.round((clock.monotonicMs() - startedAtMs) * 10) / 10;
    const epochIds = changes.map((change) => peers.get(change.publicKey)?.key?.epochId ?? 0);
    reports.keysSet(changes.length, Math.max(...epochIds) as EpochId, tookMs);
  }

  async #update(update: Plan['update'][number]): Promise<void> {
    const { tunnel, found, lastWritten, badPeers } = this.#parts;
    lastWritten.touch([update]);
    await badPeers.watch([update], () => tunnel.updatePeer(update));
    if (update.endpoint !== undefined) found.endpointSet(update.publicKey, update.endpoint);
  }

  async #add(added: Plan['add'], peers: ReadonlyMap<WgPublicKey, DesiredPeer>): Promise<void> {
    const { tunnel, found, lastWritten, badPeers, reports } = this.#parts;
    lastWritten.touch(added);
    await badPeers.watch(added, () => tunnel.addPeers(added));
    for (const { publicKey, endpoint } of added) {
      if (endpoint !== undefined) found.endpointAdded(publicKey, endpoint);
      const peer = peers.get(publicKey);
      // A peer that was already there was only corrected.
      if (peer?.key !== undefined && !found.has(publicKey)) reports.peerAdded(peer, peer.key.epochId);
    }
  }
}
