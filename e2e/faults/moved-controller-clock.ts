// A controller's clock that a test can move.

import { systemClock } from '@mesh/host';
import type { ComposeOptions } from '../../apps/controller/src/compose/build-services.ts';
import { startController as start } from '../../apps/controller/src/compose.ts';
import { moved } from './moved.ts';

export * from '../../apps/controller/src/compose.ts';

export function startController(options: ComposeOptions): ReturnType<typeof start> {
  return start({ ...options, clock: moved(systemClock) });
}
