// Starts the process that floods and sends it orders.

import { once } from 'node:events';
import { forkMain } from '../fork-main.ts';
import type { FloodCount, FloodOrder, FloodReply, FloodRequest } from './flood-messages.ts';

export interface Flooder {
  /** Resolves when the process has begun to open its connections. */
  start(order: FloodOrder): Promise<void>;
  stop(): Promise<FloodCount>;
  end(): Promise<void>;
}

export function startFlooder(): Flooder {
  const child = forkMain(new URL('./flood-main.ts', import.meta.url));
  const ask = (request: FloodRequest): Promise<FloodReply> =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the process that floods has ended'));
      child.once('exit', ended);
      child.once('message', (reply) => {
        child.off('exit', ended);
        resolve(reply as FloodReply);
      });
      child.send(request);
    });
  return {
    start: async (order) => {
      await ask({ op: 'start', order });
    },
    stop: async () => {
      const reply = await ask({ op: 'stop' });
      if (reply.op !== 'stopped') throw new Error('the process that floods does not stop');
      return reply.count;
    },
    end: async () => {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
