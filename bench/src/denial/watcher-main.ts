// A process that holds some of the agents. On the event loop of the controller or of the benchmark it would
// disturb the measurement.

import { hrtime } from 'node:process';
import { decodeBase64 } from '@mesh/primitives';
import type { WatcherReply, WatcherRequest, WatcherSetup } from './watcher-messages.ts';
import { WatchingAgent } from './watching-agent.ts';

/** Concurrent handshakes while connecting. */
const CONNECTING = 16;

const reply = (message: WatcherReply): void => void process.send?.(message);
const fail = (error: unknown): void =>
  reply({ op: 'failed', message: error instanceof Error ? error.message : String(error) });

let agents = 0;
let awaited: string | undefined;
let removedAtNs: string[] = [];

function removed(nodeId: string): void {
  if (nodeId !== awaited) {
    fail(new Error(`${nodeId} was removed, and nobody expected it`));
    return;
  }
  removedAtNs.push(hrtime.bigint().toString());
  if (removedAtNs.length === agents) reply({ op: 'removed', nodeId, atNs: removedAtNs });
}

async function setUp({ port, caPem, configPublicKey, identities, known }: WatcherSetup): Promise<void> {
  const controller = { port, caPem, configPublicKey: decodeBase64(configPublicKey, { lengthBytes: 32 }) };
  agents = identities.length;
  for (let from = 0; from < identities.length; from += CONNECTING) {
    const opened = await Promise.all(
      identities
        .slice(from, from + CONNECTING)
        .map((identity) => WatchingAgent.open(identity, controller, known, removed)),
    );
    for (const agent of opened) agent.follow().catch(fail);
  }
  reply({ op: 'ready' });
}

process.on('message', (request: WatcherRequest) => {
  switch (request.op) {
    case 'setup':
      setUp(request.setup).catch(fail);
      return;
    case 'expect':
      awaited = request.nodeId;
      removedAtNs = [];
      reply({ op: 'expecting' });
      return;
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      reply({ op: 'cpu', micros: user + system, atNs: hrtime.bigint().toString() });
    }
  }
});
