// Measures a boundary in the PSK worker: an epoch was opened, and every node's answer carries its new keys,
// derived and sealed. Each contender is a separate worker and gets the same requests as from the controller.

import { createHash } from 'node:crypto';
import { type EpochId, parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import type { SealSuite } from '@mesh/seal';
import { type KeysToSeal, PskDeriver } from '../../../apps/controller/src/keys/psk-deriver.ts';
import {
  countEncapsulations,
  countingWorker,
} from '../../../apps/controller/test/support/count-encapsulations.ts';
import type { Contender } from '../interleave.ts';
import { cpuSinceMs } from '../process-cpu.ts';
import { someKemPublicKey } from './some-kem-public-key.ts';

export const PEERS_PER_NODE = 64;
export const ONE_SHOT = 'one shot for each answer, as before';
export const HELD = 'a second answer of the epoch';
/** Answers in progress at once. */
const IN_FLIGHT = 256;
const MESH_ID = parseMeshId('bench');

export interface BoundaryFigures {
  readonly wallMs: number;
  /** CPU time of the whole process, including the requests. */
  readonly cpuMs: number;
  /** CPU time of the work that was done ahead, before the clock started. */
  readonly aheadCpuMs: number;
}

export interface Boundary extends AsyncDisposable {
  readonly contenders: readonly Contender<BoundaryFigures>[];
}

export function boundaryOf(nodes: number, suite: SealSuite): Boundary {
  const fatal = (error: Error) => {
    throw error;
  };
  const encapsulated = countEncapsulations();
  const worker = new PskDeriver(fatal, countingWorker);
  const oneShot = new PskDeriver(fatal, new URL('./one-shot-worker.ts', import.meta.url));
  // All nodes have the same key here. In a mesh each has its own, but the cost of an encapsulation does not
  // depend on the key.
  const kemPublicKey = someKemPublicKey(suite);
  const peers = Array.from({ length: PEERS_PER_NODE }, (_, at) => pairEnd(`peer-${at}`));
  const asked = Array.from({ length: nodes }, (_, at) => ({ self: pairEnd(`node-${at}`), kemPublicKey }));
  let lastEpoch = 0;

  const open = async (deriver: PskDeriver): Promise<EpochId> => {
    const epochId = parseEpochId(++lastEpoch);
    await deriver.open(MESH_ID, epochId);
    await deriver.closeBefore(epochId);
    return epochId;
  };
  /** @param isFirst whether each answer is to be the first of its context */
  const answerAll = async (deriver: PskDeriver, epochId: EpochId, isFirst: boolean): Promise<void> => {
    const waiting = asked.values();
    const asker = async () => {
      for (const { self } of waiting) {
        const next = { epochId, activateAt: '2030-01-01T00:00:00.000Z', self, peers };
        const request: KeysToSeal = { nodeId: self.nodeId, kemPublicKey, version: `${epochId}.1`, next };
        const { sequence } = await deriver.seal(request);
        if ((sequence === 0) !== isFirst) throw new Error(`an answer was number ${sequence} of its context`);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, asker));
  };
  /** Fails if the worker did not make as many encapsulations as the contender is named for. */
  const making = async <T>(encapsulations: number, work: () => Promise<T>): Promise<T> => {
    const before = encapsulated();
    const done = await work();
    const made = encapsulated() - before;
    if (made === encapsulations) return done;
    throw new Error(`${made} encapsulations were made, and there were to be ${encapsulations}`);
  };
  const timed = async (work: () => Promise<void>, aheadCpuMs = 0): Promise<BoundaryFigures> => {
    const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    return { wallMs: performance.now() - startedMs, cpuMs: cpuSinceMs(cpu), aheadCpuMs };
  };

  return {
    contenders: [
      {
        name: ONE_SHOT,
        run: async () => {
          const epochId = await open(oneShot);
          return timed(() => answerAll(oneShot, epochId, true));
        },
      },
      {
        name: 'a context made on demand',
        run: async () => {
          const epochId = await open(worker);
          return making(nodes, () => timed(() => answerAll(worker, epochId, true)));
        },
      },
      {
        name: 'a context encapsulated ahead',
        run: async () => {
          const cpu = process.cpuUsage();
          await worker.prepare(asked.map(({ self: { nodeId } }) => ({ nodeId, kemPublicKey })));
          const aheadCpuMs = cpuSinceMs(cpu);
          const epochId = await open(worker);
          return making(0, () => timed(() => answerAll(worker, epochId, true), aheadCpuMs));
        },
      },
      {
        name: HELD,
        // The epoch that the previous contender opened.
        run: () => making(0, () => timed(() => answerAll(worker, parseEpochId(lastEpoch), false))),
      },
    ],
    [Symbol.asyncDispose]: async () => {
      await worker.close();
      await oneShot.close();
    },
  };
}

const pairEnd = (name: string) => ({
  nodeId: parseNodeId(name),
  publicKey: createHash('sha256').update(name).digest('base64'),
});
