// Ports for a mesh on this machine itself, where other runs of the same test may run too.

import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the system gives to outgoing connections (32768 on Linux), so that none takes one. */
const FROM = 12_000;
const COUNT = 20_000;

/** Two ports that nobody has now. They are chosen at random, so that two runs do not choose the same ones. */
export async function freePorts(): Promise<{ readonly nodes: number; readonly public: number }> {
  for (;;) {
    const nodes = FROM + 2 * Math.floor((Math.random() * COUNT) / 2);
    if ((await isFree(nodes)) && (await isFree(nodes + 1))) return { nodes, public: nodes + 1 };
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
