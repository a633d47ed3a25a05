// Builds what is remembered of the nodes' requests and reports, and the moves between slots that rest on it.

import { AppliedReports } from '@mesh/membership';
import { Presence } from '../publish/presence.ts';
import { SlotMoves } from '../publish/slot-moves.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface Observed {
  readonly presence: Presence;
  readonly applied: AppliedReports;
  readonly slotMoves: SlotMoves;
}

export function buildObserved(
  { config, clock, timers }: Platform,
  { view }: Storage,
  { members, publication }: Published,
  opened: Opened,
): Observed {
  const presence = new Presence();
  const applied = new AppliedReports();
  const slotMoves = new SlotMoves({
    view,
    members,
    applied,
    presence,
    leaseMs: config.lease_seconds * 1_000,
    clock,
    timers,
    changed: (node) => publication.slotsMoved(node),
  });
  opened.push(() => slotMoves.close());
  return { presence, applied, slotMoves };
}
