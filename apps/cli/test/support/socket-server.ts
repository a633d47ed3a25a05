// An administration socket with answers that a test chooses: a real HTTP server on a real unix socket.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent unchanged, instead of `body`. */
  readonly text?: string;
}

export interface SeenRequest {
  /** `POST /v1/tokens` */
  readonly line: string;
  readonly body: unknown;
}

export class SocketServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'meshctl-'));
  readonly path = join(this.directory, 'admin.sock');
  readonly seen: SeenRequest[] = [];
  #replies: Readonly<Record<string, Reply>> = {};
  #otherwise: ((line: string) => Reply) | undefined;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const line = `${request.method} ${request.url}`;
      const sent = Buffer.concat(chunks).toString();
      this.seen.push({ line, body: sent === '' ? undefined : JSON.parse(sent) });
      const reply = this.#replies[line] ??
        this.#otherwise?.(line) ?? { status: 500, text: `no reply to ${line}` };
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
      response.end(reply.text ?? JSON.stringify(reply.body));
    });
  });

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
    return this;
  }

  /**
   * Sets the answers from now on, and forgets earlier requests.
   *
   * @param otherwise answers what `replies` does not name
   */
  answer(replies: Readonly<Record<string, Reply>>, otherwise?: (line: string) => Reply): void {
    this.#replies = replies;
    this.#otherwise = otherwise;
    this.seen.length = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
