// Starts the server that the controller is compared with, in its own process.

import { once } from 'node:events';
import { forkMain } from '../fork-main.ts';
import type { UnsignedServerSetup } from './unsigned-server-main.ts';

export interface UnsignedServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startUnsignedServer(setup: UnsignedServerSetup): Promise<UnsignedServer> {
  const child = forkMain(new URL('./unsigned-server-main.ts', import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', () => reject(new Error('the server to compare with did not start')));
    child.send(setup);
  });
  return {
    pid: child.pid ?? 0,
    port,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
