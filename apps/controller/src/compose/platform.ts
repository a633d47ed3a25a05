// What a controller gets from outside: settings, clock, timers, random bytes and logger.

import type { Clock, Logger, Timers } from '@mesh/host';
import type { ConfiguredPolicy } from '@mesh/membership';
import type { ControllerConfig } from '../settings/config.ts';

export interface Platform {
  readonly config: ControllerConfig;
  /** The policy of the configuration. It decides only as long as no policy was ever stored. */
  readonly configured: ConfiguredPolicy;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Called when the controller cannot continue. */
  readonly onFatal: (error: Error) => void;
}

/** Functions that close what has been opened. They are called in reverse order. */
export type Opened = (() => void | Promise<void>)[];
