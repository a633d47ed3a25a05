// What no answer to a submission can avoid, and how far the controller is from it.

import type { SeededMesh } from '../controller/seed-mesh.ts';
import { commitName, commitRows } from '../limits/commit-parts.ts';
import { exchangeParts, httpTerm, tlsTerm } from '../limits/exchange-parts.ts';
import { cpuMicrosOf, type Distance, distanceToFloor, wallMicrosOf } from '../limits/floor.ts';
import { LIBSODIUM, verifyByLibsodium } from '../limits/libsodium-parts.ts';
import { type PartRounds, type Parts, startParts } from '../limits/part.ts';
import { SAMPLE_ANSWER, sampleMessage } from '../limits/sample-message.ts';
import { CANONICAL, canonicalText, PARSE, parseText } from '../limits/text-parts.ts';
import type { LoadResult } from '../load/load-messages.ts';

/** The parts of an answer over this many connections. At best, one commit has a row from each of them. */
export function submissionParts(mesh: SeededMesh, connections: number, turnMs: number): Promise<Parts> {
  const sample = sampleMessage(mesh);
  const exchange = { request: sample.request, answer: SAMPLE_ANSWER, connections };
  return startParts([
    parseText(sample.text, turnMs),
    canonicalText(sample.text, turnMs),
    () => commitRows(connections, sample, turnMs),
    () => verifyByLibsodium(LIBSODIUM, sample, turnMs),
    ...exchangeParts(exchange, mesh, turnMs),
  ]);
}

/** @param title `64 kept-alive connections` */
export function submissionDistances(
  title: string,
  connections: number,
  parts: PartRounds,
  rounds: readonly LoadResult[],
): Distance[] {
  const verification = { count: 1, what: 'verification', part: LIBSODIUM };
  const exchange = tlsTerm(1, connections);
  const row = {
    count: 1,
    what: connections === 1 ? 'commit' : `row of a commit of ${connections}`,
    part: commitName(connections),
  };
  const common = { title, of: 'an answer', parts };
  const cpu = rounds.flatMap(({ serverCpuMicros }) => serverCpuMicros ?? []);
  const texts = [PARSE, CANONICAL].map((part) => ({ count: 1, what: part, part }));
  const distances: Distance[] = [];
  // Without /proc there is no CPU time to compare.
  if (cpu.length === rounds.length)
    distances.push(
      distanceToFloor({
        ...common,
        unit: 'µs of CPU',
        costOf: cpuMicrosOf,
        terms: [verification, exchange, httpTerm(1, connections), row, ...texts],
        measured: cpu,
      }),
    );
  // Only with one connection do the parts follow one another.
  if (connections === 1)
    distances.push(
      distanceToFloor({
        ...common,
        unit: 'µs',
        costOf: wallMicrosOf,
        terms: [verification, exchange, row],
        measured: rounds.map(({ p50Ms }) => p50Ms * 1000),
      }),
    );
  return distances;
}
