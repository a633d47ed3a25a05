// A controller that obeys its test: a real CA, two real TLS 1.3 listeners (public, and nodes with client certificates
// required), and answers that the test sets. It verifies what a real one would, so that a test cannot pass with
// messages that no controller takes.

import 'reflect-metadata';
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
  webcrypto,
} from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { decodeBase64, encodeBase64, equalBytes, parseStrictJson } from '@mesh/primitives';
import {
  type EnrolmentMessage,
  enrolmentMessage,
  formatJoinToken,
  PROBLEM_MEDIA_TYPE,
  type Problem,
  parseJoinToken,
  possessionProof,
  problem,
  signMessage,
  verifyMessage,
} from '@mesh/protocol';
import * as x509 from '@peculiar/x509';

export interface Answer {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface NodeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** The client certificate's only name. */
  readonly peerUri: string;
  /** Serial number of the client certificate. */
  readonly serial: string;
  /** Counts connections from 1: requests with one number came over one kept connection. */
  readonly connection: number;
  readonly gone: AbortSignal;
}

interface Authority {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
}

export const MESH_ID = 'test-mesh';
const ED25519 = { name: 'Ed25519' };

export class FakeController {
  readonly configKeys = generateKeyPairSync('ed25519');
  readonly requests: NodeRequest[] = [];
  readonly enrolments: EnrolmentMessage[] = [];
  /** What the nodes listener answers. */
  onNodeRequest: (request: NodeRequest) => Promise<Answer> | Answer = () =>
    refusal(problem('not_found', 'no test set this'));
  /** Called before an enrolment is answered; throws to lose the answer. */
  beforeEnrolmentAnswer: () => void = () => undefined;
  certificateLifeMs = 86_400_000;
  readonly #ca: Authority;
  readonly #challenges = new Map<string, KeyObject>();
  readonly #tokenSecret = new Uint8Array(32).fill(7);
  readonly #public: Server;
  readonly #nodes: Server;
  readonly #connections = new WeakMap<TLSSocket, number>();
  #connectionCount = 0;

  private constructor(ca: Authority, tls: { cert: string; key: string }) {
    this.#ca = ca;
    const base = { ...tls, minVersion: 'TLSv1.3' as const };
    this.#public = createServer(base, (request, response) => this.#handlePublic(request, response));
    this.#nodes = createServer(
      { ...base, ca: ca.certificate.toString('pem'), requestCert: true, rejectUnauthorized: true },
      (request, response) => this.#handleNode(request, response),
    );
  }

  static async start(): Promise<FakeController> {
    x509.cryptoProvider.set(webcrypto as never);
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=test CA',
      keys: keys as never,
      signingAlgorithm: ED25519,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never),
      ],
    });
    const serverKeys = await makeKeys();
    const ca = { keys, certificate };
    const cert = await issue(ca, serverKeys.publicKey, [{ type: 'ip', value: '127.0.0.1' }], 3_600_000);
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey));
    const controller = new FakeController(ca, { cert: cert.toString('pem'), key: pem('PRIVATE KEY', pkcs8) });
    await Promise.all([listen(controller.#public), listen(controller.#nodes)]);
    return controller;
  }

  get publicUrl(): string {
    return `https://127.0.0.1:${portOf(this.#public)}`;
  }

  get nodesUrl(): string {
    return `https://127.0.0.1:${portOf(this.#nodes)}`;
  }

  get caPem(): string {
    return this.#ca.certificate.toString('pem');
  }

  get configPublicKey(): string {
    return rawPublicKey(this.configKeys.publicKey);
  }

  joinToken(pin?: Uint8Array): string {
    const spki = createHash('sha256').update(Buffer.from(this.#ca.certificate.publicKey.rawData)).digest();
    return formatJoinToken({
      tokenId: 'AAAAAAAAAAAA',
      secret: this.#tokenSecret.slice(),
      caPins: [pin ?? new Uint8Array(spki)],
    });
  }

  /** Signs a body as config, by the pinned key. */
  signConfig<T extends object>(
    body: T,
    key: KeyObject = this.configKeys.privateKey,
  ): T & { signature: string } {
    return signMessage('config', body, (message) => new Uint8Array(sign(null, message, key)));
  }

  /** Answers a request for a certificate. */
  async certificateFor(csrPem: string, nodeId: string): Promise<string> {
    const csr = new x509.Pkcs10CertificateRequest(csrPem);
    if (!(await csr.verify())) throw new Error('the certificate request does not verify');
    const key = await csr.publicKey.export();
    const uri = `spiffe://${MESH_ID}/node/${nodeId}`;
    const certificate = await issue(this.#ca, key, [{ type: 'url', value: uri }], this.certificateLifeMs);
    return certificate.toString('pem');
  }

  /** Ends every kept connection and takes no new ones until {@link resume}. */
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
      const pair = generateKeyPairSync('x25519');
      const challengeId = `challenge-${this.#challenges.size}-0123456789`;
      this.#challenges.set(challengeId, pair.privateKey);
      return {
        status: 200,
        body: {
          mesh_id: MESH_ID,
          challenge_id: challengeId,
          x25519_public_key: rawPublicKey(pair.publicKey),
          expires_at: new Date(Date.now() + 60_000).toISOString(),
          server_time_ms: Date.now(),
        },
      };
    }
    if (request.url === '/v1/enrolments') return this.#enrol(await readJson(request));
    return refusal(problem('not_found', 'nothing here'));
  }

  async #enrol(body: unknown): Promise<Answer> {
    const message = enrolmentMessage.parse(body);
    const identityKey = decodeBase64(message.identity_key);
    if (!verifyMessage('enrolment', message, identityKey))
      return refusal(problem('bad_signature', 'enrolment'));
    const secret = parseJoinToken(message.token).secret;
    if (!equalBytes(secret, this.#tokenSecret))
      return refusal(problem('token_invalid', 'the token is unknown'));
    if (!(['a', 'b'] as const).every((slot) => this.#provesPossession(message, identityKey, slot)))
      return refusal(problem('possession_failed', 'slots a and b'));
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
      },
    };
  }

  #provesPossession(message: EnrolmentMessage, identityKey: Uint8Array, slot: 'a' | 'b'): boolean {
    const privateKey = this.#challenges.get(message.challenge_id);
    const claimed = message.wg_public_keys[slot];
    if (privateKey === undefined || claimed === undefined) return false;
    const wgPublicKey = decodeBase64(claimed);
    const publicKey = {
      key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(wgPublicKey).toString('base64url') },
      format: 'jwk' as const,
    };
    const sharedSecret = new Uint8Array(diffieHellman({ privateKey, publicKey: createPublicKey(publicKey) }));
    const expected = possessionProof({
      sharedSecret,
      challengeId: message.challenge_id,
      nodeId: message.node_id,
      identityKey,
      slot,
      wgPublicKey,
    });
    return encodeBase64(expected) === message.wg_proofs[slot];
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

export function refusal(details: Problem, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: details.status,
    body: details,
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, ...headers },
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : parseStrictJson(text);
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const type = typeof body === 'string' ? 'application/x-pem-file' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ED25519, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function issue(
  ca: Authority,
  publicKey: unknown,
  names: x509.JsonGeneralNames,
  lifeMs: number,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    subject: 'CN=test',
    issuer: ca.certificate.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + lifeMs),
    signingKey: ca.keys.privateKey as never,
    publicKey: publicKey as never,
    signingAlgorithm: ED25519,
    extensions: [
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate),
    ],
  });
}

function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('base64');
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`;
}
