// Records every request that the servers of this process get, with its body, whoever sent it and whoever
// answers it.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TestController } from './index.ts';

export interface RecordedRequest {
  readonly door: 'nodes' | 'public' | 'socket';
  /** The node in the caller's certificate. */
  readonly caller: string | undefined;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface Recording {
  /** What the doors of a controller have got, while it listens on the ports on which it did. */
  requests(controller: TestController): readonly RecordedRequest[];
  /** Ends the recording. */
  stop(): void;
}

export function recordRequests(): Recording {
  const seen: (Omit<RecordedRequest, 'door' | 'body'> & { port: number; pieces: Buffer[] })[] = [];
  const note = (message: unknown): void => {
    const { request, socket } = message as { request: IncomingMessage; socket: Socket };
    const { method = '', url: target = '', rawHeaders } = request;
    const pieces: Buffer[] = [];
    const port = socket.localPort ?? 0;
    seen.push({ port, caller: nodeOf(socket), method, target, headers: pairsOf(rawHeaders), pieces });
    const push = request.push.bind(request);
    request.push = (piece: Buffer | null, encoding) => {
      if (piece !== null) pieces.push(Buffer.from(piece));
      return push(piece, encoding);
    };
  };
  subscribe('http.server.request.start', note);
  return {
    requests: ({ running: { nodesPort, publicPort } }) => {
      const doors = new Map<number, RecordedRequest['door']>([
        [nodesPort, 'nodes'],
        [publicPort, 'public'],
        [0, 'socket'],
      ]);
      return seen.flatMap(({ pieces, port, ...request }) => {
        const door = doors.get(port);
        return door === undefined ? [] : [{ ...request, door, body: Buffer.concat(pieces) }];
      });
    },
    stop: () => void unsubscribe('http.server.request.start', note),
  };
}

function nodeOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return socket.getPeerX509Certificate()?.subjectAltName?.split('/').at(-1);
}

function pairsOf(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []));
}
