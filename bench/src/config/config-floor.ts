// What no full config can avoid: an exchange over TLS and HTTP of its size, a key for each peer, the text and
// its hash, and a signature.

import type { AskedConfig } from '../controller/ask-config.ts';
import type { SeededMesh } from '../controller/seed-mesh.ts';
import { SIGN, signOnLoop } from '../limits/ed25519-parts.ts';
import { exchangeParts, httpTerm, tlsTerm } from '../limits/exchange-parts.ts';
import { cpuMicrosOf, type Distance, distanceToFloor } from '../limits/floor.ts';
import { derivePairs, PAIR_KEY } from '../limits/pair-key-part.ts';
import { type PartRounds, type Parts, startParts } from '../limits/part.ts';
import { sampleMessage } from '../limits/sample-message.ts';
import { WRITE, writeText } from '../limits/text-parts.ts';

export interface AskedPeers {
  readonly peers: number;
  /** How many nodes ask at once. */
  readonly asking: number;
}

export function configParts(
  mesh: SeededMesh,
  asked: AskedConfig,
  { peers, asking }: AskedPeers,
  turnMs: number,
): Promise<Parts> {
  const exchange = { ...asked, connections: asking };
  return startParts([
    derivePairs(peers, turnMs),
    writeText(asked.answer, turnMs),
    signOnLoop(sampleMessage(mesh), turnMs),
    ...exchangeParts(exchange, mesh, turnMs),
  ]);
}

/** @param serverCpuMicros the controller's CPU time of a full config, round by round */
export function configDistance(
  { peers, asking }: AskedPeers,
  parts: PartRounds,
  serverCpuMicros: readonly number[],
): Distance {
  return distanceToFloor({
    title: `${peers} peers`,
    of: 'a full config',
    unit: 'µs of CPU',
    costOf: cpuMicrosOf,
    terms: [
      tlsTerm(1, asking),
      httpTerm(1, asking),
      { count: peers, what: 'key of a pair', part: PAIR_KEY },
      { count: 1, what: WRITE, part: WRITE },
      { count: 1, what: 'signature', part: SIGN },
    ],
    parts,
    measured: serverCpuMicros,
  });
}
