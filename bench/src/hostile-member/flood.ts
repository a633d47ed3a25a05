// Starts the process that floods and sends it orders.

import { askChild, endChild, forkMain } from '../fork-main.ts';
import type { FloodCount, FloodOrder, FloodReply, FloodRequest } from './flood-messages.ts';

export interface Flooder {
  /** Resolves when the process has begun to open its connections. */
  start(order: FloodOrder): Promise<void>;
  stop(): Promise<FloodCount>;
  end(): Promise<void>;
}

export function startFlooder(): Flooder {
  const child = forkMain(new URL('./flood-main.ts', import.meta.url));
  const ask = (request: FloodRequest) => askChild<FloodReply>(child, 'the process that floods', request);
  return {
    start: async (order) => {
      await ask({ op: 'start', order });
    },
    stop: async () => {
      const reply = await ask({ op: 'stop' });
      if (reply.op !== 'stopped') throw new Error('the process that floods does not stop');
      return reply.count;
    },
    end: () => endChild(child),
  };
}
