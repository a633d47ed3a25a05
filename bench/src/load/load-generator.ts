// Starts the load generator and sends it orders. It runs in a separate process, because on the benchmark's
// own event loop it would measure itself.

import { askChild, endChild, forkMain } from '../fork-main.ts';
import type { LoadOrder, LoadReply, LoadRequest, LoadResult, LoadSetup } from './load-messages.ts';

export interface LoadGenerator {
  /** Runs one order. Call it again only after the result. */
  run(order: LoadOrder): Promise<LoadResult>;
  stop(): Promise<void>;
}

export async function startLoadGenerator(setup: LoadSetup): Promise<LoadGenerator> {
  const child = forkMain(new URL('./load-generator-main.ts', import.meta.url));
  const ask = (request: LoadRequest) => askChild<LoadReply>(child, 'the load generator', request);
  await ask({ op: 'setup', setup });
  return {
    run: async (order) => {
      const reply = await ask({ op: 'run', order });
      if (!reply.ok) throw new Error(reply.message);
      if (reply.result === undefined) throw new Error('the load generator gave no result');
      return reply.result;
    },
    stop: () => endChild(child),
  };
}
