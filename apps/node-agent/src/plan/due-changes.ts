// Which of the keys that are held applies to a pair at an instant, and when that changes next. Pure. Times are on the
// controller's clock. Per pair the initiator changes at `activate_at` and the responder 200 ms later, so a node makes
// at most two sets of PSKs an epoch, one per role.

import type { EpochId } from '@mesh/primitives';
import { RESPONDER_DELAY_MS, type RotationRole } from '@mesh/wg';
import { beginsAtMs, type HeldConfig, type HeldPeer, type HeldPsk, type KeySet } from './held-config.ts';

export interface DueKey extends HeldPsk {
  readonly epochId: EpochId;
}

/** When a set of keys applies to the pairs in which we have `role`; -Infinity: at once. */
export function appliesAtMs(set: KeySet, role: RotationRole): number {
  return role === 'initiator' ? beginsAtMs(set) : beginsAtMs(set) + RESPONDER_DELAY_MS;
}

/**
 * The key that a peer should have now: of the sets that apply, the newest that names it.
 *
 * @returns undefined when no key is known: a peer that is on the interface keeps what it has, one that is not waits
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

/** The next instant at which some peer's key changes; undefined when nothing is planned. */
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
