// Measures a boundary in the PSK worker: an epoch was opened, and every node's answer carries its new keys,
// derived and sealed. Each contender is a separate worker and gets the same requests as from the controller.

import { createHash, randomBytes } from 'node:crypto';
import { platformX25519 } from '@mesh/host';
import { type EpochId, parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { encodeKemPublicKey, generateKemKeyPair, kemSeedLength, type SealSuite } from '@mesh/seal';
import { PskDeriver } from '../../../apps/controller/src/keys/psk-deriver.ts';
import type { SealRequest } from '../../../apps/controller/src/keys/psk-worker-messages.ts';
import type { Contender } from '../interleave.ts';

export const PEERS_A_NODE = 64;
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
  const worker = new PskDeriver(fatal);
  const oneShot = new PskDeriver(fatal, new URL('./one-shot-worker.ts', import.meta.url));
  // All nodes have the same key here. In a mesh each has its own, but the cost of an encapsulation does not
  // depend on the key.
  const seed = randomBytes(kemSeedLength(suite));
  const { publicKey } = generateKemKeyPair(suite, seed, platformX25519);
  const kemPublicKey = encodeKemPublicKey({ suite, publicKey });
  const peers = Array.from({ length: PEERS_A_NODE }, (_, at) => pairEnd(`peer-${at}`));
  const asked = Array.from({ length: nodes }, (_, at) => ({ self: pairEnd(`node-${at}`), kemPublicKey }));
  let lastEpoch = 0;

  const open = async (deriver: PskDeriver): Promise<EpochId> => {
    const epochId = parseEpochId(++lastEpoch);
    await deriver.open(MESH_ID, epochId);
    await deriver.closeBefore(epochId);
    return epochId;
  };
  const answerAll = async (deriver: PskDeriver, epochId: EpochId, expected: string): Promise<void> => {
    const waiting = asked.values();
    const asker = async () => {
      for (const { self } of waiting) {
        const next = { epochId, activateAt: '2030-01-01T00:00:00.000Z', self, peers };
        const request: SealRequest = { nodeId: self.nodeId, kemPublicKey, version: `${epochId}.1`, next };
        const { origin } = await deriver.seal(request);
        if (origin !== expected) throw new Error(`a context was ${origin}, and was to be ${expected}`);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, asker));
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
          return timed(() => answerAll(oneShot, epochId, 'made'));
        },
      },
      {
        name: 'a context made on demand',
        run: async () => {
          const epochId = await open(worker);
          return timed(() => answerAll(worker, epochId, 'made'));
        },
      },
      {
        name: 'a context encapsulated ahead',
        run: async () => {
          const cpu = process.cpuUsage();
          await worker.prepare(asked.map(({ self: { nodeId } }) => ({ nodeId, kemPublicKey })));
          const aheadCpuMs = cpuSinceMs(cpu);
          const epochId = await open(worker);
          return timed(() => answerAll(worker, epochId, 'prepared'), aheadCpuMs);
        },
      },
      {
        name: HELD,
        // The epoch that the previous contender opened.
        run: () => timed(() => answerAll(worker, parseEpochId(lastEpoch), 'held')),
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

function cpuSinceMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
