// Finds which of the opened epochs is in force, which comes next, and which are remembered.

import type { EpochId } from '@mesh/primitives';
import type { MeshView } from './mesh-view.ts';
import type { EpochRecord } from './records.ts';

/**
 * The epoch whose keys are in force at `nowMs`, and the one that is published but not yet active. The newest
 * epoch is the one that was opened last. It is also the last one to become active, because it replaces those
 * that would come later.
 */
export function epochsAt(
  view: MeshView,
  nowMs: number,
): { current: EpochRecord | undefined; next: EpochRecord | undefined } {
  const opened = view.epochs();
  const newest = opened.at(-1);
  return {
    current: opened.findLast((epoch) => epoch.activateAtMs <= nowMs),
    next: newest !== undefined && newest.activateAtMs > nowMs ? newest : undefined,
  };
}

/** How many epochs are remembered: the one in force, or the one before it, and at most two to come. */
const REMEMBERED_EPOCHS = 3;

/** Adds a newer epoch, and drops those that it replaces: the ones that would begin when it does, or later. */
export function withEpoch(opened: readonly EpochRecord[], epoch: EpochRecord): readonly EpochRecord[] {
  const earlier = opened.filter(({ activateAtMs }) => activateAtMs < epoch.activateAtMs);
  return [...earlier, epoch].slice(-REMEMBERED_EPOCHS);
}

/** The id of the newest epoch that was ever opened; 0 before the first. */
export function lastEpochId(view: MeshView): EpochId | 0 {
  return view.epochs().at(-1)?.epochId ?? 0;
}
