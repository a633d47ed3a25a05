// No order at a boundary: the responder of a pair sets its key at the same instant as the initiator.

import * as real from '../../apps/node-agent/src/plan/due-changes.ts';
import type { HeldConfig, HeldPeer, KeySet } from '../../apps/node-agent/src/plan/held-config.ts';

export type { DueKey } from '../../apps/node-agent/src/plan/due-changes.ts';

export function appliesAtMs(set: KeySet): number {
  return real.appliesAtMs(set, 'initiator');
}

export function dueKey(
  keySets: readonly KeySet[],
  peer: HeldPeer,
  controllerNowMs: number,
): real.DueKey | undefined {
  return real.dueKey(keySets, { ...peer, role: 'initiator' }, controllerNowMs);
}

export function nextChangeAtMs({ keySets }: HeldConfig, controllerNowMs: number): number | undefined {
  const next = Math.min(...keySets.map((set) => appliesAtMs(set)).filter((atMs) => atMs > controllerNowMs));
  return Number.isFinite(next) ? next : undefined;
}
