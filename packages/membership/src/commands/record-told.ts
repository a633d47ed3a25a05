// Records what nodes were told.

import type { ToldBatch } from '../events/told-event.ts';
import { type Command, done } from './outcome.ts';

export function recordTold(batch: ToldBatch): Command {
  return () => done([{ type: 'configs_told', epochId: batch.epochId, batch }]);
}
