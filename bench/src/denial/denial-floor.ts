// What no denial can avoid: one signature over the removal, one commit, and an answer to every agent. The
// request that causes the denial is left out, because not every denial has one.

import { pathOf } from '@mesh/protocol';
import type { ControllerProcess } from '../controller/controller-process.ts';
import type { NodeIdentity, SeededMesh } from '../controller/seed-mesh.ts';
import { commitName, commitRows } from '../limits/commit-parts.ts';
import { SIGN, signOnLoop } from '../limits/ed25519-parts.ts';
import { exchangeBytes, exchangeName } from '../limits/exchange-parts.ts';
import { cpuMicrosOf, type Distance, distanceToFloor } from '../limits/floor.ts';
import { type PartRounds, type Parts, startParts } from '../limits/part.ts';
import { sampleMessage } from '../limits/sample-message.ts';
import { KeptConnection } from '../load/kept-connection.ts';
import type { KnownMesh } from './watching-agent.ts';

/** Over how many connections answers are exchanged. */
const CONNECTIONS = 64;

/** A question of an agent, and the removal that answers it. */
export interface ToldRemoval {
  readonly request: Uint8Array;
  /** The body of the answer. */
  readonly answer: string;
}

/**
 * Asks what has changed since a version. Call it after the first removal.
 *
 * @param identity a node that has no query open, because a second one would end the first
 */
export async function toldRemoval(
  { nodesPort }: ControllerProcess,
  caPem: string,
  identity: NodeIdentity,
  { version }: KnownMesh,
): Promise<ToldRemoval> {
  const { nodeId } = identity;
  const query = `version=${encodeURIComponent(version)}&wait=60s&instance=bench-${nodeId}`;
  const request = Buffer.from(`GET ${pathOf('config', nodeId)}?${query} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const connection = await KeptConnection.open(nodesPort, { ...identity, caPem });
  try {
    const { status, body } = await connection.send(request, { keepBody: true });
    if (status !== 200 || body === undefined) throw new Error(`what has changed was answered ${status}`);
    return { request, answer: body.toString() };
  } finally {
    connection.close();
  }
}

export function denialParts(mesh: SeededMesh, told: ToldRemoval, turnMs: number): Promise<Parts> {
  const exchange = { ...told, connections: CONNECTIONS };
  return startParts([
    signOnLoop(sampleMessage(mesh), turnMs),
    () => commitRows(1, { text: told.answer }, turnMs),
    () => exchangeBytes('socket', exchange, mesh, turnMs),
    () => exchangeBytes('tls', exchange, mesh, turnMs),
    () => exchangeBytes('http', exchange, mesh, turnMs),
  ]);
}

/** @param controllerCpuMs the controller's CPU time of one denial, round by round */
export function denialDistance(
  agents: number,
  parts: PartRounds,
  controllerCpuMs: readonly number[],
): Distance {
  const http = exchangeName('http', CONNECTIONS);
  return distanceToFloor({
    title: `${agents.toLocaleString('en-US')} agents`,
    of: 'a denial',
    unit: 'ms of CPU',
    costOf: (figures) => cpuMicrosOf(figures) / 1000,
    terms: [
      { count: 1, what: 'signature', part: SIGN },
      { count: 1, what: 'commit', part: commitName(1) },
      { count: agents, what: 'exchange over TLS', part: exchangeName('tls', CONNECTIONS) },
      {
        count: agents,
        what: 'HTTP parse and head',
        part: http,
        without: exchangeName('socket', CONNECTIONS),
      },
    ],
    parts,
    measured: controllerCpuMs,
  });
}
