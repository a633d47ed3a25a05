// Sends recorded requests again, byte by byte as they were.

import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { RawConnection, requestBytes } from '@mesh/host/fuzz-kit';
import { parseProblem } from '@mesh/protocol';
import type { TestController, TestNode } from './index.ts';
import type { RecordedRequest } from './record-requests.ts';

export interface Replayed {
  readonly request: RecordedRequest;
  /** The problem's code, `answered`, or `no connection`. */
  readonly outcome: string;
}

/** Those of a connection itself, which the sender writes anew. */
const OF_THE_CONNECTION = ['host', 'connection', 'content-length', 'transfer-encoding'];
/** Queries would wait for news for as long as a clock that stands still. */
const WAITING = /([?&]wait=)\d+s/;

export interface ReplayOptions {
  /** The node with whose certificate a request to the nodes door is sent; undefined leaves it out. */
  readonly sendAs: (request: RecordedRequest) => TestNode | undefined;
  /** Called after each answer. */
  readonly onAnswer: (replayed: Replayed) => void;
}

export async function replay(
  controller: TestController,
  requests: readonly RecordedRequest[],
  { sendAs, onAnswer }: ReplayOptions,
): Promise<void> {
  const { nodesPort, publicPort, socketPath } = controller.running;
  const tls = { host: '127.0.0.1', ca: controller.caPem };
  const stranger = new RawConnection(() => connectTls({ ...tls, port: publicPort }));
  const operator = new RawConnection(() => connectTcp(socketPath));
  const members = new Map<TestNode, RawConnection>();
  const memberOf = (node: TestNode): RawConnection => {
    const known = members.get(node);
    if (known !== undefined) return known;
    const identity = { cert: node.certificatePem, key: node.keys.keyPem };
    const made = new RawConnection(() => connectTls({ ...tls, ...identity, port: nodesPort }));
    members.set(node, made);
    return made;
  };
  const connectionFor = (request: RecordedRequest): RawConnection | undefined => {
    if (request.door === 'socket') return operator;
    if (request.door === 'public') return stranger;
    const node = sendAs(request);
    return node === undefined ? undefined : memberOf(node);
  };
  try {
    for (const request of requests) {
      const connection = connectionFor(request);
      if (connection === undefined) continue;
      const answer = await connection.ask(bytesOf(request), request.method === 'HEAD');
      onAnswer({ request, outcome: outcomeOf(answer) });
    }
  } finally {
    for (const connection of [stranger, operator, ...members.values()]) connection.close();
  }
}

function bytesOf({ method, target, headers, body }: RecordedRequest): Buffer {
  return requestBytes({
    method,
    target: target.replace(WAITING, '$10s'),
    headers: headers.filter(([name]) => !OF_THE_CONNECTION.includes(name.toLowerCase())),
    body: body.length === 0 ? undefined : body,
  });
}

function outcomeOf(answer: Awaited<ReturnType<RawConnection['ask']>>): string {
  if (answer === undefined) return 'no connection';
  return answer.status < 400 ? 'answered' : (parseProblem(JSON.parse(answer.body))?.code ?? 'no problem');
}
