// Each end of each pair changes at a different instant, within 400 ms of the boundary.

import * as real from '../../apps/node-agent/src/plan/due-changes.ts';
import type { HeldConfig, HeldPeer, KeySet } from '../../apps/node-agent/src/plan/held-config.ts';

export type { DueKey } from '../../apps/node-agent/src/plan/due-changes.ts';
export const { appliesAtMs } = real;

const WITHIN_MS = 400;
const delays = new Map<string, number>();

function atInstantOfItsOwn(set: KeySet, { publicKey }: HeldPeer): KeySet {
  if (set.activateAtMs === undefined) return set;
  const name = `${set.epochId} ${publicKey}`;
  const delayMs = delays.get(name) ?? Math.floor(Math.random() * WITHIN_MS);
  delays.set(name, delayMs);
  return { ...set, activateAtMs: set.activateAtMs + delayMs };
}

export function dueKey(
  keySets: readonly KeySet[],
  peer: HeldPeer,
  controllerNowMs: number,
): real.DueKey | undefined {
  const sets = keySets.map((set) => atInstantOfItsOwn(set, peer));
  return real.dueKey(sets, { ...peer, role: 'initiator' }, controllerNowMs);
}

export function nextChangeAtMs({ keySets, peers }: HeldConfig, controllerNowMs: number): number | undefined {
  const instants = keySets.flatMap((set) =>
    [...peers.values()].map((peer) => atInstantOfItsOwn(set, peer).activateAtMs ?? 0),
  );
  const next = Math.min(...instants.filter((atMs) => atMs > controllerNowMs));
  return Number.isFinite(next) ? next : undefined;
}
