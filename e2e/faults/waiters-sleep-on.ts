// Blocking queries that no change ends: a waiting node hears of a denial only when the next epoch is
// published, or when its wait is over.

import { Waiters as Real } from '../../apps/controller/src/publish/waiters.ts';

export type { Waiter, WakeReason } from '../../apps/controller/src/publish/waiters.ts';

export class Waiters extends Real {
  override wakeOne(): void {}
}
