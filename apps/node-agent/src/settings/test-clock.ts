// Lets tests give an agent a wrong clock. Both the variable and the flag are needed, so that an inherited
// environment alone cannot change a real node's time.

import type { Clock } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';

export const TEST_CLOCK_VARIABLE = 'MESH_TEST_CLOCK_OFFSET_MS';

/** @throws AgentError `usage` if the variable is set without the flag or the offset is not a number */
export function withTestOffset(clock: Clock, offsetText: string | undefined, allowed: boolean): Clock {
  if (offsetText === undefined || offsetText === '') return clock;
  if (!allowed) {
    throw new AgentError('usage', `${TEST_CLOCK_VARIABLE} is set without --insecure-test-clock: unset it`);
  }
  const offsetMs = Number(offsetText);
  if (!Number.isFinite(offsetMs)) {
    throw new AgentError('usage', `${TEST_CLOCK_VARIABLE} must be a number of milliseconds`);
  }
  return {
    nowMs: () => clock.nowMs() + offsetMs,
    monotonicMs: () => clock.monotonicMs(),
    bootMs: () => clock.bootMs(),
  };
}
