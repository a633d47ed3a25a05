// An agent without a tunnel. It keeps a blocking query open, checks every answer as an agent does, and
// applies it to a set of peers. The end-to-end tests measure the cost of a removal in a tunnel.

import { parseStrictJson } from '@mesh/primitives';
import { configOrNotice, isRemovalNotice, pathOf, verifyMessage } from '@mesh/protocol';
import { verifyWithPlatform } from '../../../apps/node-agent/src/uplink/channel/verify-with-platform.ts';
import type { NodeIdentity } from '../controller/seed-mesh.ts';
import { KeptConnection } from '../load/kept-connection.ts';

const WAIT_SECONDS = 60;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface WatchedController {
  /** By default this machine. */
  readonly host?: string;
  readonly port: number;
  readonly caPem: string;
  readonly configPublicKey: Uint8Array;
}

/**
 * What all agents of a full mesh start from: the version and class that one of them got, and the ids of all
 * nodes.
 */
export interface KnownMesh {
  readonly version: string;
  readonly class: string;
  readonly nodeIds: readonly string[];
}

export class WatchingAgent {
  readonly #nodeId: string;
  readonly #connection: KeptConnection;
  readonly #configPublicKey: Uint8Array;
  readonly #peers: Set<string>;
  readonly #onRemoved: (nodeId: string) => void;
  readonly #class: string;
  #version: string;
  #closed = false;

  private constructor(
    nodeId: string,
    connection: KeptConnection,
    { configPublicKey }: WatchedController,
    { version, class: ownClass, nodeIds }: KnownMesh,
    onRemoved: (nodeId: string) => void,
  ) {
    this.#nodeId = nodeId;
    this.#connection = connection;
    this.#configPublicKey = configPublicKey;
    this.#peers = new Set(nodeIds.filter((id) => id !== nodeId));
    this.#version = version;
    this.#class = ownClass;
    this.#onRemoved = onRemoved;
  }

  /** @param onRemoved called when a removal has been checked and applied */
  static async open(
    identity: NodeIdentity,
    controller: WatchedController,
    known: KnownMesh,
    onRemoved: (nodeId: string) => void,
  ): Promise<WatchingAgent> {
    const { host, port, caPem } = controller;
    const connection = await KeptConnection.open(port, { ...identity, caPem }, host);
    return new WatchingAgent(identity.nodeId, connection, controller, known, onRemoved);
  }

  /** Asks until closed. Rejects if an agent would not accept an answer. */
  async follow(): Promise<void> {
    while (!this.#closed) {
      const query = `version=${encodeURIComponent(this.#version)}&wait=${WAIT_SECONDS}s&instance=bench-${this.#nodeId}&notices=1`;
      const request = `GET ${pathOf('config', this.#nodeId)}?${query} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
      const { status, body } = await this.#connection.send(Buffer.from(request), { keepBody: true });
      if (status === 304) continue;
      if (status !== 200 || body === undefined) throw new Error(`${this.#nodeId} was answered ${status}`);
      this.#take(body);
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  #take(body: Buffer): void {
    const raw = parseStrictJson(body.toString(), { maxBytes: MAX_ANSWER_BYTES }) as object;
    const answer = configOrNotice.parse(raw);
    if (!isRemovalNotice(answer))
      throw new Error(`${this.#nodeId} was given a config where a notice would do`);
    if (!verifyMessage('removal_notice', raw, this.#configPublicKey, verifyWithPlatform))
      throw new Error(`${this.#nodeId} got a notice that the controller did not sign`);
    if (answer.base !== this.#version || answer.class !== this.#class)
      throw new Error(`${this.#nodeId} got the notice of another version or class`);
    if (answer.removed.includes(this.#nodeId as never) || answer.except.includes(this.#nodeId as never))
      throw new Error(`${this.#nodeId} got a notice for others`);
    this.#version = answer.version;
    for (const nodeId of answer.removed) if (this.#peers.delete(nodeId)) this.#onRemoved(nodeId);
  }
}
