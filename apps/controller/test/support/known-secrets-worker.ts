// The PSK worker with one difference: it sends what its random source gives to the main thread, masked, so
// that a test can search memory for it without putting it there.

import { randomFillSync } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { servePsks } from '../../src/keys/derive-and-seal-psks.ts';
import { DRAWN_CHANNEL, masked } from './masked-secret.ts';

const drawn = new BroadcastChannel(DRAWN_CHANNEL);

servePsks((bytes) => {
  randomFillSync(bytes);
  drawn.postMessage(masked(bytes));
  return bytes;
});
