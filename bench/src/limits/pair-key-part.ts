// The keys of pairs alone, as @mesh/psk derives them.

import { createHash } from 'node:crypto';
import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { deriveEpochKey, derivePairPsks, EpochSecret, type PairEnd } from '@mesh/psk';
import { type Part, repeat } from './part.ts';

export const PAIR_KEY = 'key of a pair, @mesh/psk';

/** The keys of one node with all of its peers, at once. The operation is one key. */
export function derivePairs(peers: number, turnMs: number): Part {
  const epoch = { meshId: parseMeshId('bench'), epochId: parseEpochId(1) };
  const key = deriveEpochKey({ ...epoch, epochSecret: EpochSecret.own(new Uint8Array(32).fill(7)) });
  const ends = Array.from({ length: peers }, (_, at) => pairEnd(`node-${String(at + 1).padStart(5, '0')}`));
  const self = pairEnd('node-00000');
  return {
    name: PAIR_KEY,
    run: async () => {
      const { perSecond, cpuMicros } = repeat(turnMs, () => derivePairPsks(key, self, ends));
      return { perSecond: perSecond * peers, cpuMicros: cpuMicros / peers };
    },
  };
}

const pairEnd = (name: string): PairEnd => ({
  nodeId: parseNodeId(name),
  publicKey: new Uint8Array(createHash('sha256').update(name).digest()),
});
