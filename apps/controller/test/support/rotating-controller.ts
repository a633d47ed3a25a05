// A program: a controller that rotates on command and reports, masked, what its worker drew. It writes one
// line of JSON for each line that it reads.

import { createInterface } from 'node:readline';
import { BroadcastChannel } from 'node:worker_threads';
import { toHex } from '@mesh/primitives';
import { isDelta } from '@mesh/protocol';
import { DEFAULT_SUITE } from '@mesh/seal';
import { openNextEpoch } from './index.ts';
import { DRAWN_CHANNEL, masked } from './masked-secret.ts';
import { fullConfig, runningMesh } from './running-mesh.ts';

const drawn: string[] = [];
/** The randomness of encapsulations, masked as well. */
const drawnToSeal: string[] = [];
/** The public parts of what was sealed: the encapsulation, the key and the epoch. */
const contexts: { nodeId: string; kemPublicKey: string; epochId: number; enc: string }[] = [];
const channel = new BroadcastChannel(DRAWN_CHANNEL);
channel.onmessage = (event: unknown) => {
  const { data } = event as { data: Uint8Array };
  // An epoch secret has 32 bytes. The randomness of an X-Wing encapsulation has 64.
  (data.length === 32 ? drawn : drawnToSeal).push(toHex(data));
};

const worker = new URL('./known-secrets-worker.ts', import.meta.url);
const mesh = await runningMesh(['node-a', 'node-b'], {}, DEFAULT_SUITE, worker);
/** Copies that are kept on purpose, as if they had been forgotten. */
const planted: Uint8Array[] = [];

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

async function rotate(): Promise<number> {
  for (const node of Object.values(mesh.nodes)) {
    // One node has a new key in every epoch, the other keeps its key. So a context is zeroed because of its
    // key or because of its epoch.
    if (node.nodeId === 'node-a') node.renewKem();
    await node.submit(0.9);
  }
  const epochId = await openNextEpoch(mesh.controller);
  for (const node of Object.values(mesh.nodes)) {
    await fullConfig(node);
    const answer = await node.client.config({ instanceId: node.instanceId });
    const keys = answer === undefined || isDelta(answer.body) ? undefined : answer.body.keys;
    if (keys === undefined || keys.suite === 'none') throw new Error('sealed keys were to come');
    const kemPublicKey = node.kems.at(-1)?.publicKeyText ?? '';
    contexts.push({ nodeId: node.nodeId, kemPublicKey, epochId: keys.epoch_id, enc: keys.enc });
  }
  return epochId;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'rotate') say({ epochId: await rotate(), drawn, drawnToSeal, contexts });
  else if (line === 'plant') {
    planted.push(masked(new Uint8Array(Buffer.from(drawn.at(-1) ?? '', 'hex'))));
    say({ planted: planted.length });
  } else break;
}
channel.close();
await mesh[Symbol.asyncDispose]();
