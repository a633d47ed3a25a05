// A fake controller for tests, with a real CA, two real TLS 1.3 listeners (public, and nodes with required
// client certificates) and answers that the test sets. It verifies what a real one would, so that a test
// cannot pass with messages that a real controller refuses.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { parseMeshId } from '@mesh/primitives';
import {
  type EnrolmentMessage,
  enrolmentMessage,
  formatJoinToken,
  problem,
  signConfigs,
  signMessage,
  tokenIdOf,
} from '@mesh/protocol';
import { type Answer, readJson, refusal, send } from './fake-answers.ts';
import { FakeEnrolment } from './fake-enrolment.ts';
import { rawPublicKey } from './raw-public-key.ts';
import { type Life, TestAuthority } from './test-authority.ts';

export interface NodeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** The client certificate's only name. */
  readonly peerUri: string;
  /** Serial number of the client certificate. */
  readonly serial: string;
  /**
   * The number of the connection, from 1. Requests with the same number came over the same kept connection.
   */
  readonly connection: number;
  readonly gone: AbortSignal;
}

export const MESH_ID = 'test-mesh';

export class FakeController {
  readonly configKeys = generateKeyPairSync('ed25519');
  readonly requests: NodeRequest[] = [];
  readonly enrolments: EnrolmentMessage[] = [];
  /** Makes the answers of the nodes listener. */
  onNodeRequest: (request: NodeRequest) => Promise<Answer> | Answer = () =>
    refusal(problem('not_found', 'no test set this'));
  /** An answer to enrolments that replaces the usual one. */
  enrolmentAnswer: Answer | undefined;
  /** Called before an enrolment is answered. If it throws, the answer is lost. */
  beforeEnrolmentAnswer: () => void = () => undefined;
  certificateLifeMs = 86_400_000;
  readonly #ca: TestAuthority;
  readonly #enrolment = new FakeEnrolment();
  readonly #public: Server;
  readonly #nodes: Server;
  readonly #connections = new WeakMap<TLSSocket, number>();
  #connectionCount = 0;

  private constructor(ca: TestAuthority, tls: { cert: string; key: string }) {
    this.#ca = ca;
    const base = { ...tls, minVersion: 'TLSv1.3' as const };
    this.#public = createServer(base, (request, response) => this.#handlePublic(request, response));
    this.#nodes = createServer(
      { ...base, ca: ca.pem, requestCert: true, rejectUnauthorized: true },
      (request, response) => this.#handleNode(request, response),
    );
  }

  /** @param life the lifetime of its own certificate */
  static async start(life?: Life): Promise<FakeController> {
    const ca = await TestAuthority.create();
    const tls = await ca.serverIdentity(life);
    const controller = new FakeController(ca, tls);
    await Promise.all([listen(controller.#public), listen(controller.#nodes)]);
    return controller;
  }

  get publicUrl(): string {
    return `https://127.0.0.1:${portOf(this.#public)}`;
  }

  /** Fields that replace those of the answer to an enrolment. */
  inEnrolmentAnswer: Readonly<Record<string, unknown>> = {};

  get nodesUrl(): string {
    return `https://127.0.0.1:${portOf(this.#nodes)}`;
  }

  get caPem(): string {
    return this.#ca.pem;
  }

  get configPublicKey(): string {
    return rawPublicKey(this.configKeys.publicKey);
  }

  joinToken(pin?: Uint8Array): string {
    return formatJoinToken({
      tokenId: tokenIdOf(new Uint8Array(9)),
      secret: this.#enrolment.tokenSecret.slice(),
      caPins: [pin ?? this.#ca.pin],
    });
  }

  /** Signs a body as a config, with the pinned key. */
  signConfig<T extends object>(
    body: T,
    key: KeyObject = this.configKeys.privateKey,
  ): T & { signature: string } {
    return signMessage('config', body, (message) => new Uint8Array(sign(null, message, key)));
  }

  /** Signs bodies as configs of one batch. */
  signConfigs(bodies: readonly object[], mesh = MESH_ID): object[] {
    const key = this.configKeys.privateKey;
    const signNow = (message: Uint8Array) => new Uint8Array(sign(null, message, key));
    return signConfigs(bodies, parseMeshId(mesh), signNow).map((text) => JSON.parse(text) as object);
  }

  /** Signs a body as a removal notice. */
  signNotice<T extends object>(body: T): T & { signature: string } {
    const key = this.configKeys.privateKey;
    return signMessage('removal_notice', body, (message) => new Uint8Array(sign(null, message, key)));
  }

  /** Answers a request for a certificate. */
  certificateFor(csrPem: string, nodeId: string): Promise<string> {
    const uri = `spiffe://${MESH_ID}/node/${nodeId}`;
    return this.#ca.certify(csrPem, uri, this.certificateLifeMs);
  }

  /** Ends every kept connection and accepts no new ones until {@link resume}. */
  async pause(): Promise<void> {
    const port = portOf(this.#nodes);
    this.#nodes.closeAllConnections();
    await new Promise((resolve) => this.#nodes.close(resolve));
    this.#pausedPort = port;
  }
  #pausedPort = 0;

  async resume(): Promise<void> {
    await new Promise<void>((resolve) => this.#nodes.listen(this.#pausedPort, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    for (const server of [this.#public, this.#nodes]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #handlePublic(request: IncomingMessage, response: ServerResponse): void {
    this.#answerPublic(request).then(
      (answer) => send(response, answer),
      () => request.socket.destroy(),
    );
  }

  async #answerPublic(request: IncomingMessage): Promise<Answer> {
    if (request.url === '/v1/ca') return { status: 200, body: this.caPem };
    if (request.url === '/v1/enrolments/challenge') {
      return {
        status: 200,
        body: {
          mesh_id: MESH_ID,
          ...this.#enrolment.newChallenge(),
          expires_at: new Date(Date.now() + 60_000).toISOString(),
          server_time_ms: Date.now(),
        },
      };
    }
    if (request.url === '/v1/enrolments') return this.#enrol(await readJson(request));
    return refusal(problem('not_found', 'nothing here'));
  }

  async #enrol(body: unknown): Promise<Answer> {
    if (this.enrolmentAnswer !== undefined) return this.enrolmentAnswer;
    const objection = this.#enrolment.objectionTo(body);
    if (objection !== undefined) return refusal(objection);
    const message = enrolmentMessage.parse(body);
    this.enrolments.push(message);
    this.beforeEnrolmentAnswer();
    return {
      status: 200,
      body: {
        mesh_id: MESH_ID,
        node_id: message.node_id,
        certificate_pem: await this.certificateFor(message.csr_pem, message.node_id),
        ca_pem: this.caPem,
        addresses: ['10.9.0.1/24'],
        network: ['10.9.0.0/24'],
        config_public_key: this.configPublicKey,
        log_public_key: this.configPublicKey,
        nodes_url: this.nodesUrl,
        server_time_ms: Date.now(),
        ...this.inEnrolmentAnswer,
      },
    };
  }

  #handleNode(request: IncomingMessage, response: ServerResponse): void {
    const socket = request.socket as TLSSocket;
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { subjectaltname, serialNumber } = socket.getPeerCertificate();
    if (!this.#connections.has(socket)) {
      this.#connectionCount += 1;
      this.#connections.set(socket, this.#connectionCount);
    }
    readJson(request)
      .then((body) => {
        const url = new URL(request.url ?? '', 'https://nodes');
        const seen: NodeRequest = {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body,
          peerUri: subjectaltname ?? '',
          serial: serialNumber,
          connection: this.#connections.get(socket) ?? 0,
          gone: gone.signal,
        };
        this.requests.push(seen);
        return this.onNodeRequest(seen);
      })
      .then(
        (answer) => send(response, answer),
        () => socket.destroy(),
      );
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
