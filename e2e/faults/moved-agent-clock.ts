// An agent's clock that a test can move.

import type { Clock } from '@mesh/host';
import { moved } from './moved.ts';

export * from '../../apps/node-agent/src/settings/test-clock.ts';

export function withTestOffset(clock: Clock): Clock {
  return moved(clock);
}
