// Records every answer that the HTTP servers of this process give, whoever asks.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TestController } from '../index.ts';

export interface RecordedAnswer {
  readonly door: 'nodes' | 'public' | 'socket';
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

export interface Recording {
  /** What the doors of the controller have answered; call it before the controller stops. */
  take(controller: TestController): readonly RecordedAnswer[];
  stop(): void;
}

type Seen = Omit<RecordedAnswer, 'door'> & { readonly port: number };

export function recordAnswers(): Recording {
  const seen: Seen[] = [];
  const follow = (message: unknown): void => {
    const { request, response, socket } = message as {
      request: IncomingMessage;
      response: ServerResponse;
      socket: Socket;
    };
    const port = socket.localPort ?? 0;
    const pieces: Buffer[] = [];
    const note = (piece: unknown): void => {
      if (typeof piece === 'string' || piece instanceof Uint8Array) pieces.push(Buffer.from(piece as string));
    };
    const { write, end } = response;
    response.write = function (this: ServerResponse, ...given: unknown[]) {
      note(given[0]);
      return Reflect.apply(write, this, given);
    } as ServerResponse['write'];
    response.end = function (this: ServerResponse, ...given: unknown[]) {
      note(given[0]);
      const ended = Reflect.apply(end, this, given);
      seen.push({
        port,
        method: request.method ?? '',
        target: request.url ?? '',
        status: response.statusCode,
        headers: headersOf(response),
        body: Buffer.concat(pieces),
      });
      return ended;
    } as ServerResponse['end'];
  };
  subscribe('http.server.request.start', follow);
  return {
    take: ({ running: { nodesPort, publicPort } }) => {
      const doors = new Map<number, RecordedAnswer['door']>([
        [nodesPort, 'nodes'],
        [publicPort, 'public'],
        [0, 'socket'],
      ]);
      return seen.splice(0).flatMap(({ port, ...answer }) => {
        const door = doors.get(port);
        return door === undefined ? [] : [{ ...answer, door }];
      });
    },
    stop: () => void unsubscribe('http.server.request.start', follow),
  };
}

/** Also those that were given to `writeHead` alone. */
function headersOf(response: ServerResponse): Record<string, unknown> {
  const head = (response as unknown as { readonly _header?: string })._header ?? '';
  return Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .flatMap((line) => {
        const at = line.indexOf(':');
        return at < 0 ? [] : [[line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]];
      }),
  );
}
