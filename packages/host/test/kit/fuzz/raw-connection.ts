// A connection on which whole requests are written as bytes. Node's own client would refuse to send some of
// them, or correct them.

import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RawRequest } from './raw-requests.ts';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ANSWER_WITHIN_MS = 60_000;

export class RawConnection {
  readonly #open: () => Socket;
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #onData: () => void = () => undefined;

  /** @param open opens a socket; called again whenever the last one has ended */
  constructor(open: () => Socket) {
    this.#open = open;
  }

  /**
   * Writes one request and reads its answer.
   *
   * @param isHead whether the answer has no body, whatever its head says
   * @returns undefined if the connection ended without an answer
   */
  ask(request: Buffer, isHead: boolean): Promise<RawAnswer | undefined> {
    const socket = this.#connected();
    return this.#answer(socket, isHead, request, () => void socket.write(request));
  }

  /** Sends a request as it says, and reads the answers. @returns fewer if the connection ended before */
  async askRaw({ pieces, isHalfClosed, answers }: RawRequest): Promise<RawAnswer[]> {
    const socket = this.#connected();
    const all = Buffer.concat(pieces);
    const read: RawAnswer[] = [];
    const first = this.#answer(socket, false, all, () => void writeInPieces(socket, pieces, isHalfClosed));
    for (let next = await first; next !== undefined; ) {
      read.push(next);
      if (read.length === answers || socket !== this.#socket) break;
      next = await this.#answer(socket, false, all, () => this.#onData());
    }
    return read;
  }

  async #answer(
    socket: Socket,
    isHead: boolean,
    request: Buffer,
    begin: () => void,
  ): Promise<RawAnswer | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<RawAnswer | undefined>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`no answer to ${request.subarray(0, 200).toString('latin1')}`)),
        ANSWER_WITHIN_MS,
      );
      this.#onData = () => {
        const ended = socket.destroyed || socket.readableEnded;
        const read = readAnswer(this.#received, isHead, ended);
        if (read === undefined) {
          if (ended) resolve(undefined);
          return;
        }
        this.#received = this.#received.subarray(read.length);
        if (read.answer.headers.connection === 'close') this.close();
        resolve(read.answer);
      };
      begin();
    });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#onData = () => undefined;
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
  }

  #connected(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed && !this.#socket.readableEnded)
      return this.#socket;
    this.close();
    const socket = this.#open();
    socket.on('data', (bytes: Buffer) => {
      if (socket !== this.#socket) return;
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#onData();
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => this.#onData());
    this.#socket = socket;
    return socket;
  }
}

/** Each piece is read by itself: the next is written when the event loop has gone round. */
async function writeInPieces(
  socket: Socket,
  pieces: readonly Buffer[],
  isHalfClosed: boolean,
): Promise<void> {
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) await nextTurn();
    if (!socket.writable) return;
    socket.write(piece);
  }
  if (isHalfClosed) socket.end();
}

/** @returns undefined if the answer is not there as a whole */
function readAnswer(
  received: Buffer,
  isHead: boolean,
  ended: boolean,
): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  const start = headEnd + 4;
  if (status >= 100 && status < 200) {
    const next = readAnswer(received.subarray(start), isHead, ended);
    return next === undefined ? undefined : { ...next, length: next.length + start };
  }
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  ) as Record<string, string>;
  const body = bodyOf(received.subarray(start), headers, isHead || status === 204 || status === 304, ended);
  if (body === undefined) return undefined;
  return { answer: { status, headers, body: body.text }, length: start + body.length };
}

function bodyOf(
  received: Buffer,
  headers: Readonly<Record<string, string>>,
  hasNone: boolean,
  ended: boolean,
): { readonly text: string; readonly length: number } | undefined {
  if (hasNone) return { text: '', length: 0 };
  const stated = headers['content-length'];
  if (stated !== undefined) {
    const length = Number(stated);
    return received.length < length ? undefined : { text: received.toString('utf8', 0, length), length };
  }
  if (headers['transfer-encoding'] === 'chunked') return unchunked(received);
  return ended ? { text: received.toString('utf8'), length: received.length } : undefined;
}

function unchunked(received: Buffer): { readonly text: string; readonly length: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (received.length < end) return undefined;
    if (size === 0) return { text: Buffer.concat(parts).toString('utf8'), length: end };
    parts.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}
