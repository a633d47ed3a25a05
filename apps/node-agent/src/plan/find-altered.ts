// Finds what somebody else has changed on the interface: compares the peers found there with those that were
// there when everything was as planned. Pure. Endpoints do not count, because WireGuard learns endpoints by
// itself.

import type { WgPublicKey } from '@mesh/wg';
import { sameCidrs } from '@mesh/wg';
import type { FoundPeer } from './reconcile.ts';

export type Finding =
  /** A peer that no config of this run has named. */
  | { readonly kind: 'foreign_peer'; readonly publicKey: WgPublicKey }
  /** A peer that was there, is gone, and was not removed by the agent. */
  | { readonly kind: 'missing_peer'; readonly publicKey: WgPublicKey }
  /** A setting of the peer is not what the agent last wrote. */
  | {
      readonly kind: 'altered_peer';
      readonly publicKey: WgPublicKey;
      readonly what: 'preshared_key' | 'allowed_ips' | 'keepalive';
    };

/**
 * @param left the peers as the agent left them on the interface, without those that it has changed since
 * @param known every public key that a config of this run has named
 */
export function findAltered(
  found: readonly FoundPeer[],
  left: ReadonlyMap<WgPublicKey, FoundPeer>,
  known: { has(publicKey: WgPublicKey): boolean },
): Finding[] {
  const here = new Set(found.map(({ publicKey }) => publicKey));
  const missing = [...left.keys()].filter((publicKey) => !here.has(publicKey));
  return [
    ...found.flatMap((peer): Finding[] => {
      const { publicKey } = peer;
      const before = left.get(publicKey);
      if (before !== undefined) return alterations(peer, before);
      return known.has(publicKey) ? [] : [{ kind: 'foreign_peer', publicKey }];
    }),
    ...missing.map((publicKey): Finding => ({ kind: 'missing_peer', publicKey })),
  ];
}

function alterations(peer: FoundPeer, before: FoundPeer): Finding[] {
  const changed = {
    preshared_key: peer.presharedKeyDigest !== before.presharedKeyDigest,
    allowed_ips: !sameCidrs(peer.allowedIps, before.allowedIps),
    keepalive: (peer.persistentKeepaliveSeconds ?? 0) !== (before.persistentKeepaliveSeconds ?? 0),
  };
  return (['preshared_key', 'allowed_ips', 'keepalive'] as const).flatMap((what): Finding[] =>
    changed[what] ? [{ kind: 'altered_peer', publicKey: peer.publicKey, what }] : [],
  );
}
