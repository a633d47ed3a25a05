// Exchanges alone: a request and its answer over kept connections on the loopback interface. CPU is that of
// the server's process, which does nothing else.

import type { NodeIdentity, SeededMesh } from '../controller/seed-mesh.ts';
import { askChild, endChild, forkMain } from '../fork-main.ts';
import { KeptConnection } from '../load/kept-connection.ts';
import type { ExchangeKind, ExchangeReply, ExchangeRequest } from './exchange-messages.ts';
import type { FloorTerm } from './floor.ts';
import { type CpuTime, type Part, perOperation, repeatTogether } from './part.ts';

export interface Exchange {
  readonly request: Uint8Array;
  /** The body of the answer. */
  readonly answer: string;
  /** How many connections there are. Each sends its next request after the answer. */
  readonly connections: number;
}

const TITLES: Readonly<Record<ExchangeKind, string>> = {
  socket: 'exchange over a bare socket',
  tls: 'exchange over a socket with TLS 1.3',
  http: 'exchange over a socket with node:http',
};

export const exchangeName = (kind: ExchangeKind, connections: number): string =>
  `${TITLES[kind]}, ${connections === 1 ? 'one connection' : `${connections} connections`}`;

/** The bare socket first: the others contain it. */
export const EXCHANGE_KINDS = ['socket', 'tls', 'http'] as const satisfies readonly ExchangeKind[];

/** The same exchange in every kind, to be started. */
export function exchangeParts(
  exchange: Exchange,
  mesh: SeededMesh,
  turnMs: number,
): readonly (() => Promise<Part>)[] {
  return EXCHANGE_KINDS.map((kind) => () => exchangeBytes(kind, exchange, mesh, turnMs));
}

export const tlsTerm = (count: number, connections: number): FloorTerm => ({
  count,
  what: 'exchange over TLS',
  part: exchangeName('tls', connections),
});

/** What node:http adds to the bare socket, which the exchange over TLS contains already. */
export const httpTerm = (count: number, connections: number): FloorTerm => ({
  count,
  what: 'HTTP parse and head',
  part: exchangeName('http', connections),
  without: exchangeName('socket', connections),
});

/** How many connections are opened at once. */
const OPENING = 16;
/** The share of a turn for which exchanges go on before the clock starts. */
const WARM_UP = 0.5;

/** @param mesh its server's certificate, and a certificate for each connection (the same one again if few) */
export async function exchangeBytes(
  kind: ExchangeKind,
  exchange: Exchange,
  mesh: SeededMesh,
  turnMs: number,
): Promise<Part> {
  const { request, answer, connections } = exchange;
  const child = forkMain(new URL('./exchange-server-main.ts', import.meta.url));
  const ask = (message: ExchangeRequest) =>
    askChild<ExchangeReply>(child, 'the server that exchanges bytes', message);
  const cpuOfServer = async (): Promise<CpuTime> => {
    const reply = await ask({ op: 'cpu' });
    if (reply.op !== 'cpu') throw new Error('the server that exchanges bytes gave no CPU time');
    return reply;
  };
  const tls = { caPem: mesh.caPem, ...mesh.server };
  const ready = await ask({
    op: 'setup',
    setup: { kind, requestLengthBytes: request.length, answer, tls },
  });
  if (ready.op !== 'ready') throw new Error('the server that exchanges bytes did not start');
  const callers = Array.from({ length: connections }, (_, at) =>
    kind === 'tls' ? identityFor(mesh, at) : undefined,
  );
  return {
    name: exchangeName(kind, connections),
    run: async () => {
      const opened: KeptConnection[] = [];
      try {
        for (let from = 0; from < connections; from += OPENING)
          opened.push(
            ...(await Promise.all(
              callers.slice(from, from + OPENING).map((caller) => KeptConnection.open(ready.port, caller)),
            )),
          );
        const senders = opened.map((one) => () => mustBeAnswered(one, request));
        await repeatTogether(turnMs * WARM_UP, senders);
        const before = await cpuOfServer();
        const { operations, wallMs } = await repeatTogether(turnMs, senders);
        const after = await cpuOfServer();
        const cpu = { user: after.user - before.user, system: after.system - before.system };
        return perOperation(operations, wallMs, cpu);
      } finally {
        for (const one of opened) one.close();
      }
    },
    close: () => endChild(child),
  };
}

function identityFor({ caPem, identities }: SeededMesh, at: number): NodeIdentity & { caPem: string } {
  const identity = identities[at % identities.length];
  if (identity === undefined) throw new RangeError('the mesh needs an identity');
  return { ...identity, caPem };
}

async function mustBeAnswered(connection: KeptConnection, request: Uint8Array): Promise<void> {
  const { status } = await connection.send(request);
  if (status !== 200) throw new Error(`the server answered ${status}: nothing was measured`);
}
