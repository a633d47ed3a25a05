// A thread that verifies one message with libsodium, again and again, for as long as it is told.

import { parentPort, workerData } from 'node:worker_threads';
import sodium from 'sodium-native';
import type { LibsodiumOrder, LibsodiumReply, LibsodiumSetup } from './libsodium-messages.ts';

/** How many verifications there are between two looks at the clock. */
const BATCH = 8;

const setup = workerData as LibsodiumSetup;
// Copies, because memory from the other thread is no Buffer.
const [signature, signed, rawPublicKey] = [setup.signature, setup.signed, setup.rawPublicKey].map((bytes) =>
  Buffer.from(bytes),
) as [Buffer, Buffer, Buffer];

parentPort?.on('message', ({ turnMs }: LibsodiumOrder) => {
  const startedMs = performance.now();
  let operations = 0;
  do {
    for (let at = 0; at < BATCH; at++)
      if (!sodium.crypto_sign_verify_detached(signature, signed, rawPublicKey))
        throw new Error('a valid signature was refused: nothing was measured');
    operations += BATCH;
  } while (performance.now() - startedMs < turnMs);
  parentPort?.postMessage({ operations } satisfies LibsodiumReply);
});
