// Starts the load generator and sends it orders. It runs in a separate process, because on the benchmark's
// own event loop it would measure itself.

import { once } from 'node:events';
import { forkMain } from '../fork-main.ts';
import type { LoadOrder, LoadReply, LoadRequest, LoadResult, LoadSetup } from './load-messages.ts';

export interface LoadGenerator {
  /** Runs one order. Call it again only after the result. */
  run(order: LoadOrder): Promise<LoadResult>;
  stop(): Promise<void>;
}

export async function startLoadGenerator(setup: LoadSetup): Promise<LoadGenerator> {
  const child = forkMain(new URL('./load-generator-main.ts', import.meta.url));
  const ask = (request: LoadRequest): Promise<LoadReply> => {
    child.send(request);
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the load generator has ended'));
      child.once('exit', ended);
      child.once('message', (reply) => {
        child.off('exit', ended);
        resolve(reply as LoadReply);
      });
    });
  };
  await ask({ op: 'setup', setup });
  return {
    run: async (order) => {
      const reply = await ask({ op: 'run', order });
      if (!reply.ok) throw new Error(reply.message);
      if (reply.result === undefined) throw new Error('the load generator gave no result');
      return reply.result;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
