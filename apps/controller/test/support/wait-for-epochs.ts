// Moves a controller's fake clock from epoch to epoch.

import type { FakeClock } from '@mesh/host/test-kit';
import { epochsAt, epochTiming, lastEpochId, planBoundary } from '@mesh/membership';
import type { TestController } from './start-controller.ts';

/**
 * Waits, one turn of the event loop after another, until a condition is true. For work that runs in a worker
 * or on a socket.
 */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

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
  await until('an epoch to be opened', () => lastEpochId(view) > (last?.epochId ?? 0));
  return lastEpochId(view);
}

function fakeClockOf({ clock }: TestController): FakeClock {
  if (clock === undefined) throw new Error('the controller runs in real time: give it a FakeClock');
  return clock;
}
