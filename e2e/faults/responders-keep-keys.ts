// If the other end of a pair changes the key first, this end keeps the key that the pair began with.

import * as real from '../../apps/node-agent/src/plan/due-changes.ts';
import type { HeldPeer, KeySet } from '../../apps/node-agent/src/plan/held-config.ts';

export type { DueKey } from '../../apps/node-agent/src/plan/due-changes.ts';
export const { appliesAtMs, nextChangeAtMs } = real;

const first = new Map<string, real.DueKey>();

export function dueKey(
  keySets: readonly KeySet[],
  peer: HeldPeer,
  controllerNowMs: number,
): real.DueKey | undefined {
  const due = real.dueKey(keySets, peer, controllerNowMs);
  if (due === undefined || peer.role === 'initiator') return due;
  const kept = first.get(peer.publicKey) ?? due;
  first.set(peer.publicKey, kept);
  return kept;
}
