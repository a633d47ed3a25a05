// Which of the opened epochs is in force, which comes next, and which are remembered.

import type { MeshView } from './mesh-state.ts';
import type { EpochRecord } from './records.ts';

/**
 * The epoch whose keys are in force at `nowMs`, and the one that is published but not yet active. Order is that of
 * opening: after a clock that jumped back, an epoch with an earlier activation can follow one with a later.
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

/** How many epochs matter: the one in force, or before it, and at most two to come. */
const REMEMBERED_EPOCHS = 3;

/** With a newer epoch, and without those that it replaces: they would begin with it, or later. */
export function withEpoch(opened: readonly EpochRecord[], epoch: EpochRecord): readonly EpochRecord[] {
  const earlier = opened.filter(({ activateAtMs }) => activateAtMs < epoch.activateAtMs);
  return [...earlier, epoch].slice(-REMEMBERED_EPOCHS);
}

/** The id of the newest epoch that was ever opened; 0 before the first. */
export function lastEpochId(view: MeshView): number {
  return view.epochs().at(-1)?.epochId ?? 0;
}
