// Blocking queries that no change wakes: a waiting node hears of a denial when the next epoch is published,
// or when its wait is over.

import { Waiters as Real } from '../../apps/controller/src/publish/waiters.ts';

export type { Waiter, WakeReason } from '../../apps/controller/src/publish/waiters.ts';

export class Waiters extends Real {
  override wake(): void {}

  override wakeOne(): void {}
}
