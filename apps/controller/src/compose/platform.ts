// What a controller gets from outside: settings, clock, timers, random bytes and logger.

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
  /** Called when the controller cannot continue. */
  readonly onFatal: (error: Error) => void;
}

/** Functions that close what has been opened. They are called in reverse order. */
export type Opened = (() => void | Promise<void>)[];
