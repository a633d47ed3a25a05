// The main thread's end of the PSK worker. Derivations run beside the event loop; a worker that dies takes its
// secrets along, and everything that waits for it fails.

import { Worker } from 'node:worker_threads';
import { systemTimers, type Timers } from '@mesh/host';
import type { EpochId, MeshId, NodeId } from '@mesh/primitives';
import type {
  PairEndMessage,
  PskReply,
  PskRequest,
  SealedReply,
  SealRecipientMessage,
  SealRequest,
} from './psk-worker-messages.ts';

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (reply: Extract<PskReply, { ok: true }>) => void;
  readonly reject: (error: Error) => void;
}

/** Of a worker that is told to end: longer than any one derivation. */
const ENDS_WITHIN_MS = 5_000;

export class PskDeriver {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onDeath: (error: Error) => void;
  readonly #timers: Timers;
  #nextId = 1;
  #dead: Error | undefined;
  #hasEnded = false;

  /**
   * @param onDeath called once if the worker ends by itself: the epochs that it held are lost
   * @param entry another program that serves the same requests
   */
  constructor(onDeath: (error: Error) => void, entry: URL = workerEntry(), timers: Timers = systemTimers) {
    this.#timers = timers;
    this.#onDeath = onDeath;
    this.#worker = new Worker(entry);
    this.#worker.on('message', (reply: PskReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
      this.#die(new Error('the PSK worker has ended'));
    });
  }

  /** Draws a new epoch secret. @returns its commitment, "sha256:…" */
  async open(meshId: MeshId, epochId: EpochId): Promise<string> {
    const { commitment } = await this.#ask({ op: 'open', meshId, epochId });
    if (commitment === undefined) throw new Error('the PSK worker gave no commitment');
    return commitment;
  }

  /** @returns 32 bytes a peer, in the order of `peers`; the caller's to wipe */
  async derive(
    epochId: EpochId,
    self: PairEndMessage,
    peers: readonly PairEndMessage[],
  ): Promise<Uint8Array> {
    if (peers.length === 0) return new Uint8Array();
    const { psks } = await this.#ask({ op: 'derive', epochId, self, peers });
    if (psks?.length !== 32 * peers.length) throw new Error('the PSK worker gave a wrong number of keys');
    return psks;
  }

  /** Derives and seals in one go: the PSKs are never in this thread. */
  async seal(request: SealRequest): Promise<SealedReply> {
    const { sealed } = await this.#ask({ op: 'seal', ...request });
    if (sealed === undefined) throw new Error('the PSK worker sealed nothing');
    return sealed;
  }

  /**
   * Makes ahead what sealing to these nodes will need, when the worker has nothing else to do.
   * Resolves when it has been made, or could not be.
   */
  async prepare(nodes: readonly SealRecipientMessage[]): Promise<void> {
    if (nodes.length > 0) await this.#ask({ op: 'prepare', nodes });
  }

  /** The proof of concept's per-node key: 32 bytes. */
  async single(epochId: EpochId, nodeId: NodeId): Promise<Uint8Array> {
    const { psks } = await this.#ask({ op: 'single', epochId, nodeId });
    if (psks === undefined) throw new Error('the PSK worker gave no key');
    return psks;
  }

  /** Zeroes the secrets of every epoch before `epochId`, and what their keys were sealed with. */
  async closeBefore(epochId: EpochId): Promise<void> {
    await this.#ask({ op: 'close_before', epochId });
  }

  /** Has the worker zero what it holds, and waits for its end; one that does not listen is ended. */
  async close(): Promise<void> {
    this.#dead ??= new Error('the PSK worker is closed');
    if (this.#hasEnded) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    const impatient = this.#timers.setTimer(ENDS_WITHIN_MS, () => void this.#worker.terminate());
    this.#worker.postMessage({ op: 'end', id: 0 } satisfies PskRequest);
    await ended;
    impatient();
  }

  #ask(request: Unnumbered<PskRequest>): Promise<Extract<PskReply, { ok: true }>> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  #settle(reply: PskReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply);
    else waiting?.reject(new Error(reply.message));
  }

  #die(error: Error): void {
    const first = this.#dead === undefined;
    this.#dead ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    if (first) this.#onDeath(error);
  }
}

function workerEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './psk-worker.ts' : './psk-worker.js', import.meta.url);
}
