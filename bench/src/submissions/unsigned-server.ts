// Starts the server that the controller is compared with, in its own process.

import { askChild, endChild, forkMain } from '../fork-main.ts';
import type { UnsignedServerSetup } from './unsigned-server-main.ts';

export interface UnsignedServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startUnsignedServer(setup: UnsignedServerSetup): Promise<UnsignedServer> {
  const child = forkMain(new URL('./unsigned-server-main.ts', import.meta.url));
  const { port } = await askChild<{ port: number }>(child, 'the server to compare with', { ...setup });
  return {
    pid: child.pid ?? 0,
    port,
    stop: () => endChild(child),
  };
}
