// The interface's name and the timers, which the tunnel tests share.

import { type InterfaceName, parseInterfaceName } from '@mesh/wg';
import type { RetryTimers } from '../../src/linux/retry.ts';

export const NAME: InterfaceName = parseInterfaceName('meshtest0');

/** Real timers, because the tests wait for real processes. No test depends on the time that passes. */
export const timers: RetryTimers = {
  setTimer(ms, fn) {
    const handle = setTimeout(fn, ms);
    return () => clearTimeout(handle);
  },
};
