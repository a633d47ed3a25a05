// One kept-alive connection for queries that are answered in lines (`stream=1`). It uses as little CPU as
// possible, as the other kept connection does.

import type { Socket } from 'node:net';
import { openSocket, type TlsIdentity } from './kept-connection.ts';

const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

export class LineConnection {
  readonly #socket: Socket;
  readonly #onLine: (line: Buffer) => void;
  #waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  /** What has come and was not taken yet. */
  #unread: Buffer = Buffer.alloc(0);
  /** Of the answer that has begun; undefined while its head is incomplete. */
  #status: number | undefined;

  private constructor(socket: Socket, onLine: (line: Buffer) => void) {
    this.#socket = socket;
    this.#onLine = onLine;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
      try {
        while (this.#take());
      } catch (error) {
        this.#fail(error as Error);
      }
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** @param onLine called with each line of an answer, in the turn in which it arrives */
  static async open(
    port: number,
    tls: TlsIdentity | undefined,
    onLine: (line: Buffer) => void,
    host = '127.0.0.1',
  ): Promise<LineConnection> {
    return new LineConnection(await openSocket(port, tls, host), onLine);
  }

  /** Sends one request and resolves with its status when the answer has ended. */
  send(request: Uint8Array): Promise<number> {
    if (this.#socket.destroyed) return Promise.reject(new Error('the server closed the connection'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  /** @returns whether something was taken, so that there may be more */
  #take(): boolean {
    if (this.#status === undefined) {
      const end = this.#unread.indexOf(HEAD_END);
      if (end < 0) return false;
      const head = this.#unread.toString('latin1', 0, end);
      this.#unread = this.#unread.subarray(end + HEAD_END.length);
      this.#status = Number(head.slice(9, 12));
      if (this.#status === 304) this.#end();
      else if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`no stream: ${head}`);
      return true;
    }
    const end = this.#unread.indexOf(LINE_END);
    if (end < 0) return false;
    const length = Number.parseInt(this.#unread.toString('latin1', 0, end), 16);
    const from = end + LINE_END.length;
    if (this.#unread.length < from + length + LINE_END.length) return false;
    const chunk = this.#unread.subarray(from, from + length);
    this.#unread = this.#unread.subarray(from + length + LINE_END.length);
    // Each chunk of the controller is one line.
    if (length > 0) this.#onLine(chunk);
    else this.#end();
    return true;
  }

  #end(): void {
    const status = this.#status ?? 0;
    this.#status = undefined;
    this.#waiting?.resolve(status);
    this.#waiting = undefined;
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
