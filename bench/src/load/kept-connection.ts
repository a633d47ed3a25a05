// One kept-alive HTTP/1.1 connection that uses as little CPU as possible. Requests are prepared bytes. It
// reads only status and length of an answer, unless the body is requested.

import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export interface TlsIdentity {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface Answer {
  readonly status: number;
  /** Head and body. */
  readonly lengthBytes: number;
  /** The body, if it was requested. */
  readonly body: Buffer | undefined;
}

const HEAD_END = Buffer.from('\r\n\r\n');

export class KeptConnection {
  readonly #socket: Socket | TLSSocket;
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  #head: Buffer = Buffer.alloc(0);
  #status = 0;
  /** Bytes of the body still to come; undefined while the head is incomplete. */
  #missing: number | undefined;
  #received = 0;
  /** The parts of the body so far, if it was requested. */
  #pieces: Buffer[] | undefined;

  private constructor(socket: Socket | TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Resolves when connected, including the TLS handshake. */
  static open(port: number, tls: TlsIdentity | undefined, host = '127.0.0.1'): Promise<KeptConnection> {
    return new Promise((resolve, reject) => {
      const target = { host, port };
      const socket =
        tls === undefined
          ? connect(target, () => resolve(new KeptConnection(socket)))
          : connectTls(
              {
                ...target,
                servername: 'localhost',
                minVersion: 'TLSv1.3',
                ca: tls.caPem,
                cert: tls.certificatePem,
                key: tls.privateKeyPem,
              },
              () => resolve(new KeptConnection(socket)),
            );
      socket.once('error', reject);
    });
  }

  /** Sends one request; call it again only after the answer. */
  send(request: Uint8Array, { keepBody = false } = {}): Promise<Answer> {
    if (this.#socket.destroyed) return Promise.reject(new Error('the server closed the connection'));
    this.#pieces = keepBody ? [] : undefined;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#missing !== undefined) {
      this.#missing -= chunk.length;
      this.#pieces?.push(chunk);
    } else {
      this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = this.#head.indexOf(HEAD_END);
      if (end < 0) return;
      const head = this.#head.toString('latin1', 0, end);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      this.#status = Number(head.slice(9, 12));
      if (length === undefined && this.#status !== 304) {
        this.#fail(new Error(`an answer without content-length cannot be measured here:\n${head}`));
        return;
      }
      const begun = this.#head.subarray(end + HEAD_END.length);
      this.#missing = Number(length ?? 0) - begun.length;
      this.#pieces?.push(begun);
    }
    if (this.#missing > 0) return;
    const body = this.#pieces === undefined ? undefined : Buffer.concat(this.#pieces);
    const answer = { status: this.#status, lengthBytes: this.#received, body };
    this.#head = Buffer.alloc(0);
    this.#missing = undefined;
    this.#received = 0;
    this.#waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
