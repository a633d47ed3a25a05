// Remembers what this agent last wrote to the interface for each peer, to distinguish the changes of others
// from its own.

import type { Cidr, WgPublicKey } from '@mesh/wg';
import { type Finding, findAltered } from '../../plan/find-altered.ts';
import type { FoundPeer } from '../../plan/reconcile.ts';

export class LastWritten {
  #peers = new Map<WgPublicKey, FoundPeer>();
  /** What `#peers` was made from; undefined if peers were forgotten since. */
  #settled: readonly FoundPeer[] | undefined;

  /** Call it when everything planned for now is done, with the peers that are on the interface. */
  settled(found: readonly FoundPeer[]): void {
    if (found === this.#settled) return;
    this.#settled = found;
    this.#peers = new Map(found.map((peer) => [peer.publicKey, peer]));
  }

  /**
   * Call it before the agent changes these peers itself. Peers that lose an address to them are forgotten as
   * well.
   */
  touch(peers: readonly { readonly publicKey: WgPublicKey; readonly allowedIps?: readonly Cidr[] }[]): void {
    if (peers.length === 0) return;
    this.#settled = undefined;
    const given = new Set(peers.flatMap(({ allowedIps }) => allowedIps ?? []));
    for (const { publicKey } of peers) this.#peers.delete(publicKey);
    for (const { publicKey, allowedIps } of this.#peers.values())
      if (allowedIps.some((address) => given.has(address))) this.#peers.delete(publicKey);
  }

  /**
   * Finds what somebody else has changed since. A change to a peer of the agent is returned once. A peer that
   * no config has named is returned as long as it is there.
   */
  compare(found: readonly FoundPeer[], known: { has(publicKey: WgPublicKey): boolean }): Finding[] {
    const findings = findAltered(found, this.#peers, known);
    this.touch(findings);
    return findings;
  }
}
