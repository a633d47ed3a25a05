// What a controller takes from its surroundings: its settings, clocks, random numbers, and where it writes
// its log.

import type { Clock, Logger, Timers } from '@mesh/host';
import type { Policy } from '@mesh/scoring';
import type { ControllerConfig } from '../settings/config.ts';

export interface Platform {
  readonly config: ControllerConfig;
  /** The scoring policy of the configuration. */
  readonly policy: () => Policy;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Called when the controller cannot go on. */
  readonly onFatal: (error: Error) => void;
}

/** Things that have been opened, to be closed in the opposite order. */
export type Opened = (() => void | Promise<void>)[];
