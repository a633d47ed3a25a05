// A receiver of webhooks: a real server that keeps what it gets and answers as it is told.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SinkAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export class WebhookSink {
  readonly received: Received[] = [];
  /** `silent`: it takes the request and answers nothing. */
  answer: SinkAnswer | 'silent' = { status: 204 };
  readonly #server: Server;

  private constructor(tls?: { readonly key: string; readonly cert: string }) {
    const listener = (
      request: import('node:http').IncomingMessage,
      response: import('node:http').ServerResponse,
    ) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.received.push({
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (this.answer === 'silent') return;
        response.writeHead(this.answer.status, this.answer.headers);
        response.end();
      });
    };
    this.#server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
  }

  static async open(tls?: { readonly key: string; readonly cert: string }): Promise<WebhookSink> {
    const sink = new WebhookSink(tls);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** The events of what it has got, in order. */
  get events(): string[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
