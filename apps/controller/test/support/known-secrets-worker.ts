// The PSK worker with one difference: what its random source gives is told to the main thread, masked, so
// that a test can look for it in memory without putting it there.

import { randomFillSync } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { servePsks } from '../../src/keys/serve-psks.ts';
import { DRAWN_CHANNEL, masked } from './masked-secret.ts';

const drawn = new BroadcastChannel(DRAWN_CHANNEL);

servePsks((bytes) => {
  randomFillSync(bytes);
  drawn.postMessage(masked(bytes));
  return bytes;
});
