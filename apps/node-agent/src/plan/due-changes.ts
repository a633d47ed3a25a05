// Finds which of the held keys applies to a pair at an instant, and when that changes next. Pure. Times are
// on the controller's clock. In each pair the initiator changes at `activate_at` and the responder 200 ms
// later. So a node sets the PSKs of an epoch at two instants, one for each role.

import type { EpochId } from '@mesh/primitives';
import { RESPONDER_DELAY_MS, type RotationRole } from '@mesh/wg';
import { beginsAtMs, type HeldConfig, type HeldPeer, type HeldPsk, type KeySet } from './held-config.ts';

export interface DueKey extends HeldPsk {
  readonly epochId: EpochId;
}

/**
 * When a set of keys begins to apply to the pairs in which this node has `role`; -Infinity if it already
 * applies.
 */
export function appliesAtMs(set: KeySet, role: RotationRole): number {
  return role === 'initiator' ? beginsAtMs(set) : beginsAtMs(set) + RESPONDER_DELAY_MS;
}

/**
 * The key that a peer should have now: that in the newest applicable set that names the peer.
 *
 * @returns undefined if no key is known: a peer on the interface keeps its key, and another peer waits
 */
export function dueKey(
  keySets: readonly KeySet[],
  peer: HeldPeer,
  controllerNowMs: number,
): DueKey | undefined {
  let due: DueKey | undefined;
  for (const set of keySets) {
    const psk = set.psks.get(peer.nodeId);
    if (psk === undefined || appliesAtMs(set, peer.role) > controllerNowMs) continue;
    if (due === undefined || set.epochId > due.epochId) due = { epochId: set.epochId, ...psk };
  }
  return due;
}

/** The next instant at which a peer's key changes; undefined if nothing is planned. */
export function nextChangeAtMs(config: HeldConfig, controllerNowMs: number): number | undefined {
  let next: number | undefined;
  for (const set of config.keySets) {
    for (const role of ['initiator', 'responder'] as const) {
      const atMs = appliesAtMs(set, role);
      if (atMs > controllerNowMs && (next === undefined || atMs < next)) next = atMs;
    }
  }
  return next;
}
