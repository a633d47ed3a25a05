// Ed25519 verification by libsodium on worker threads. The handing over of messages is not part of it: each
// thread verifies the same message for a whole turn.

import { Worker } from 'node:worker_threads';
import type { LibsodiumOrder, LibsodiumReply, LibsodiumSetup } from './libsodium-messages.ts';
import { type Part, perOperation } from './part.ts';
import type { SampleMessage } from './sample-message.ts';

export const LIBSODIUM = 'Ed25519 verification, libsodium, one thread';
export const TWO_LIBSODIUM = 'Ed25519 verification, libsodium, two threads';

export async function verifyByLibsodium(
  name: typeof LIBSODIUM | typeof TWO_LIBSODIUM,
  { signed, signature, rawPublicKey }: SampleMessage,
  turnMs: number,
): Promise<Part> {
  const workerData: LibsodiumSetup = { signed, signature, rawPublicKey };
  const workers = Array.from(
    { length: name === LIBSODIUM ? 1 : 2 },
    () => new Worker(new URL('./libsodium-worker.ts', import.meta.url), { workerData }),
  );
  const close = async () => {
    for (const worker of workers) await worker.terminate();
  };
  const verifyAll = (ms: number) => Promise.all(workers.map((worker) => verifyFor(worker, ms)));
  try {
    // Loads the library before any turn.
    await verifyAll(0);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name,
    run: async () => {
      const cpu = process.cpuUsage();
      const startedMs = performance.now();
      const operations = await verifyAll(turnMs);
      const total = operations.reduce((sum, one) => sum + one, 0);
      return perOperation(total, performance.now() - startedMs, process.cpuUsage(cpu));
    },
    close,
  };
}

/** @returns the number of verifications */
function verifyFor(worker: Worker, turnMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void): void => {
      worker.off('message', hear).off('error', fail);
      settled();
    };
    const hear = ({ operations }: LibsodiumReply): void => settle(() => resolve(operations));
    const fail = (error: unknown): void => settle(() => reject(error));
    worker.on('message', hear).on('error', fail);
    worker.postMessage({ turnMs } satisfies LibsodiumOrder);
  });
}
