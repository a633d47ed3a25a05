// What no denial can avoid: one signature over the removal, one commit, and an answer to every agent. The
// request that causes the denial is left out, because not every denial has one.

import type { AskedConfig } from '../controller/ask-config.ts';
import type { SeededMesh } from '../controller/seed-mesh.ts';
import { commitName, commitRows } from '../limits/commit-parts.ts';
import { SIGN, signOnLoop } from '../limits/ed25519-parts.ts';
import { exchangeParts, httpTerm, tlsTerm } from '../limits/exchange-parts.ts';
import { cpuMicrosOf, type Distance, distanceToFloor } from '../limits/floor.ts';
import { type PartRounds, type Parts, startParts } from '../limits/part.ts';
import { sampleMessage } from '../limits/sample-message.ts';

/** Over how many connections answers are exchanged. */
const CONNECTIONS = 64;

/** @param told a question of an agent, and the removal that answers it */
export function denialParts(mesh: SeededMesh, told: AskedConfig, turnMs: number): Promise<Parts> {
  const exchange = { ...told, connections: CONNECTIONS };
  return startParts([
    signOnLoop(sampleMessage(mesh), turnMs),
    () => commitRows(1, { text: told.answer }, turnMs),
    ...exchangeParts(exchange, mesh, turnMs),
  ]);
}

/** @param controllerCpuMs the controller's CPU time of one denial, round by round */
export function denialDistance(
  agents: number,
  parts: PartRounds,
  controllerCpuMs: readonly number[],
): Distance {
  return distanceToFloor({
    title: `${agents.toLocaleString('en-US')} agents`,
    of: 'a denial',
    unit: 'ms of CPU',
    costOf: (figures) => cpuMicrosOf(figures) / 1000,
    terms: [
      { count: 1, what: 'signature', part: SIGN },
      { count: 1, what: 'commit', part: commitName(1) },
      tlsTerm(agents, CONNECTIONS),
      httpTerm(agents, CONNECTIONS),
    ],
    parts,
    measured: controllerCpuMs,
  });
}
