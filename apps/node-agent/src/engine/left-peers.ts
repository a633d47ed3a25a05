// What this agent left on the interface, peer by peer: to tell a stranger's hand from its own.

import type { Cidr, WgPublicKey } from '@mesh/wg';
import { type Finding, findAltered } from '../plan/find-altered.ts';
import type { FoundPeer } from '../plan/reconcile.ts';

export class LastWritten {
  #peers = new Map<WgPublicKey, FoundPeer>();

  /** Everything planned for now is there, and this is it. */
  settled(found: readonly FoundPeer[]): void {
    this.#peers = new Map(found.map((peer) => [peer.publicKey, peer]));
  }

  /** The agent is about to change these itself, and with them whoever had an address that they are given. */
  touch(peers: readonly { readonly publicKey: WgPublicKey; readonly allowedIps?: readonly Cidr[] }[]): void {
    const given = new Set(peers.flatMap(({ allowedIps }) => allowedIps ?? []));
    for (const { publicKey } of peers) this.#peers.delete(publicKey);
    for (const { publicKey, allowedIps } of this.#peers.values())
      if (allowedIps.some((address) => given.has(address))) this.#peers.delete(publicKey);
  }

  /** What somebody else has done since; each is told once. */
  compare(found: readonly FoundPeer[], known: { has(publicKey: WgPublicKey): boolean }): Finding[] {
    const findings = findAltered(found, this.#peers, known);
    this.touch(findings);
    return findings;
  }
}
