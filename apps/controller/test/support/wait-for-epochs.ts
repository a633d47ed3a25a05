// Moves a controller's fake clock from epoch to epoch.

import { type FakeClock, waitUntil } from '@mesh/host/test-kit';
import { epochsAt, epochTiming, lastEpochId, planBoundary } from '@mesh/membership';
import type { TestController } from './start-controller.ts';

/**
 * Advances to the next freeze, waits until its epoch is published, and advances to its activation.
 *
 * @returns its id
 */
export async function openNextEpoch(controller: TestController): Promise<number> {
  const epochId = await freezeNextEpoch(controller);
  const clock = fakeClockOf(controller);
  const { next } = epochsAt(controller.running.services.view, clock.nowMs());
  if (next !== undefined) await clock.advance(next.activateAtMs - clock.nowMs());
  return epochId;
}

/**
 * Advances to the next freeze and waits until its epoch is published. Its keys are given out then but not in
 * force yet.
 */
export async function freezeNextEpoch(controller: TestController): Promise<number> {
  const { view } = controller.running.services;
  const clock = fakeClockOf(controller);
  const pending = epochsAt(view, clock.nowMs()).next;
  if (pending !== undefined) await clock.advance(pending.activateAtMs - clock.nowMs());
  const last = view.epochs().at(-1);
  const plan = planBoundary(
    clock.nowMs(),
    epochTiming(controller.config.epoch_seconds * 1000, controller.config.rotation),
    last?.activateAtMs ?? clock.nowMs(),
  );
  await clock.advance(Math.max(0, plan.freezeAtMs - clock.nowMs()));
  // The secret is drawn in a worker, which no fake clock moves.
  await waitUntil('an epoch to be opened', () => lastEpochId(view) > (last?.epochId ?? 0));
  return lastEpochId(view);
}

function fakeClockOf({ clock }: TestController): FakeClock {
  if (clock === undefined) throw new Error('the controller runs in real time: give it a FakeClock');
  return clock;
}
