// A program: a controller that rotates when told to, and says (masked) what its worker drew. One line of JSON for each
// line that it reads.

import { createInterface } from 'node:readline';
import { BroadcastChannel } from 'node:worker_threads';
import { toHex } from '@mesh/primitives';
import { DEFAULT_SUITE } from '@mesh/seal';
import { openNextEpoch } from '../kit/index.ts';
import { DRAWN_CHANNEL, masked } from './masked-secret.ts';
import { fullConfig, runningMesh } from './running-mesh.ts';

const drawn: string[] = [];
const channel = new BroadcastChannel(DRAWN_CHANNEL);
channel.onmessage = (event: unknown) => {
  const { data } = event as { data: Uint8Array };
  // Epoch secrets; the randomness of seals is longer, or follows them.
  if (data.length === 32) drawn.push(toHex(data));
};

const worker = new URL('./known-secrets-worker.ts', import.meta.url);
const mesh = await runningMesh(['node-a', 'node-b'], {}, DEFAULT_SUITE, worker);
/** Kept on purpose, like a copy that somebody forgot. */
const planted: Uint8Array[] = [];

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

async function rotate(): Promise<number> {
  for (const node of Object.values(mesh.nodes)) await node.submit(0.9);
  const epochId = await openNextEpoch(mesh.controller);
  for (const node of Object.values(mesh.nodes)) await fullConfig(node);
  return epochId;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'rotate') say({ epochId: await rotate(), drawn });
  else if (line === 'plant') {
    planted.push(masked(new Uint8Array(Buffer.from(drawn.at(-1) ?? '', 'hex'))));
    say({ planted: planted.length });
  } else break;
}
channel.close();
await mesh[Symbol.asyncDispose]();
