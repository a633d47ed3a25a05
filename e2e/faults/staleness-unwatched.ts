// A controller that notices stale benchmarks only when the next epoch is frozen.

import { StalenessWatch as Real } from '../../apps/controller/src/schedule/staleness-watch.ts';

export class StalenessWatch extends Real {
  override start(): void {}

  override onCommit(): void {}
}
