// An agent that takes its own wall clock for the controller's.

import { ControllerClock as Real } from '../../apps/node-agent/src/clock/controller-clock.ts';

export * from '../../apps/node-agent/src/clock/controller-clock.ts';

export class ControllerClock extends Real {
  override learn(): void {}
}
