// An agent without a tunnel. It keeps a blocking query open that takes several answers, checks every answer
// as an agent does, and applies it to a set of peers. The end-to-end tests measure the cost of a removal in a
// tunnel.

import { parseStrictJson } from '@mesh/primitives';
import { configOrNotice, isRemovalNotice, pathOf, verifyMessage } from '@mesh/protocol';
import { verifyWithPlatform } from '../../../apps/node-agent/src/uplink/channel/verify-with-platform.ts';
import type { NodeIdentity } from '../controller/seed-mesh.ts';
import { LineConnection } from '../load/line-connection.ts';

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
  #connection: LineConnection | undefined;
  readonly #configPublicKey: Uint8Array;
  readonly #peers: Set<string>;
  readonly #onRemoved: (nodeId: string) => void;
  readonly #class: string;
  #version: string;
  #closed = false;

  private constructor(
    nodeId: string,
    { configPublicKey }: WatchedController,
    { version, class: ownClass, nodeIds }: KnownMesh,
    onRemoved: (nodeId: string) => void,
  ) {
    this.#nodeId = nodeId;
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
    const agent = new WatchingAgent(identity.nodeId, controller, known, onRemoved);
    const { host, port, caPem } = controller;
    agent.#connection = await LineConnection.open(
      port,
      { ...identity, caPem },
      (line) => agent.#take(line),
      host,
    );
    return agent;
  }

  /** Asks until closed. Rejects if an agent would not accept an answer. */
  async follow(): Promise<void> {
    while (!this.#closed) {
      const query = `version=${encodeURIComponent(this.#version)}&wait=${WAIT_SECONDS}s&instance=bench-${this.#nodeId}&notices=1&stream=1`;
      const request = `GET ${pathOf('config', this.#nodeId)}?${query} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
      const status = await this.#connection?.send(Buffer.from(request));
      if (status !== 304 && status !== 200) throw new Error(`${this.#nodeId} was answered ${status}`);
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
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
