// The interface and the timers that the tunnel tests share.

import { type InterfaceName, parseInterfaceName } from '@mesh/wg';
import type { RetryTimers } from '../../src/linux/retry.ts';

export const NAME: InterfaceName = parseInterfaceName('meshtest0');

/** Waiting for real processes needs real time; nothing is asserted about it. */
export const timers: RetryTimers = {
  setTimer(ms, fn) {
    const handle = setTimeout(fn, ms);
    return () => clearTimeout(handle);
  },
};
