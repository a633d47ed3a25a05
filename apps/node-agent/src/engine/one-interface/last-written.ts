// What this agent last wrote to the interface, peer by peer, to tell changes by others from its own.

import type { Cidr, WgPublicKey } from '@mesh/wg';
import { type Finding, findAltered } from '../../plan/find-altered.ts';
import type { FoundPeer } from '../../plan/reconcile.ts';

export class LastWritten {
  #peers = new Map<WgPublicKey, FoundPeer>();

  /** Everything planned for now is done, and this is what is on the interface. */
  settled(found: readonly FoundPeer[]): void {
    this.#peers = new Map(found.map((peer) => [peer.publicKey, peer]));
  }

  /**
   * The agent is about to change these peers itself, and with them the peers that lose an address to them.
   */
  touch(peers: readonly { readonly publicKey: WgPublicKey; readonly allowedIps?: readonly Cidr[] }[]): void {
    const given = new Set(peers.flatMap(({ allowedIps }) => allowedIps ?? []));
    for (const { publicKey } of peers) this.#peers.delete(publicKey);
    for (const { publicKey, allowedIps } of this.#peers.values())
      if (allowedIps.some((address) => given.has(address))) this.#peers.delete(publicKey);
  }

  /**
   * What somebody else has changed since. A change to a peer that the agent wrote is returned once, and a
   * peer that no config has named for as long as it is there.
   */
  compare(found: readonly FoundPeer[], known: { has(publicKey: WgPublicKey): boolean }): Finding[] {
    const findings = findAltered(found, this.#peers, known);
    this.touch(findings);
    return findings;
  }
}
