// What no epoch can avoid: a key for every pair of peers, the text of every node's answer and its hash, one
// signature and one commit. Nothing is sent here, so there is no exchange in it.

import type { SeededMesh } from '../controller/seed-mesh.ts';
import { commitName, commitRows } from '../limits/commit-parts.ts';
import { SIGN, signOnLoop } from '../limits/ed25519-parts.ts';
import { cpuMicrosOf, type Distance, distanceToFloor } from '../limits/floor.ts';
import { derivePairs, PAIR_KEY } from '../limits/pair-key-part.ts';
import { type PartRounds, type Parts, startParts } from '../limits/part.ts';
import { sampleMessage } from '../limits/sample-message.ts';
import { WRITE, writeText } from '../limits/text-parts.ts';

/**
 * @param mesh one with an identity
 * @param answer a node's answer in an epoch
 * @param peers how many peers a node has
 */
export function epochParts(mesh: SeededMesh, answer: string, peers: number, turnMs: number): Promise<Parts> {
  return startParts([
    derivePairs(peers, turnMs),
    writeText(answer, turnMs),
    signOnLoop(sampleMessage(mesh), turnMs),
    () => commitRows(1, { text: answer }, turnMs),
  ]);
}

/** How many pairs of peers there are in groups of this size, of which the last may be smaller. */
export function pairsIn(nodes: number, groupSize: number): number {
  const pairs = (size: number) => (size * (size - 1)) / 2;
  return Math.floor(nodes / groupSize) * pairs(groupSize) + pairs(nodes % groupSize);
}

/** @param publishCpuMs CPU time from the order to the last node's answer, round by round */
export function epochDistance(
  mesh: { readonly name: string; readonly nodes: number; readonly pairs: number },
  parts: PartRounds,
  publishCpuMs: readonly number[],
): Distance {
  return distanceToFloor({
    title: mesh.name,
    of: 'an epoch',
    unit: 'ms of CPU',
    costOf: (figures) => cpuMicrosOf(figures) / 1000,
    terms: [
      { count: mesh.pairs, what: 'key of a pair', part: PAIR_KEY },
      { count: mesh.nodes, what: WRITE, part: WRITE },
      { count: 1, what: 'signature', part: SIGN },
      { count: 1, what: 'commit', part: commitName(1) },
    ],
    parts,
    measured: publishCpuMs,
  });
}
