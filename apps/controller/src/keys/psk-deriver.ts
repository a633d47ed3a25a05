// The main thread's client of the PSK worker, so that derivations do not hold up the event loop. If the
// worker dies, its secrets are lost and all outstanding requests fail.

import { Worker } from 'node:worker_threads';
import { systemTimers, type Timers } from '@mesh/host';
import type { EpochId, MeshId } from '@mesh/primitives';
import { PairEndNumbers } from './pair-end-numbers.ts';
import type {
  EpochPairs,
  PairEndMessage,
  PskMessages,
  PskOperation,
  PskReplies,
  PskReply,
  PskReplyBatch,
  PskRequest,
  SealedReply,
  SealRecipientMessage,
} from './psk-worker-messages.ts';
import { Slots } from './slots.ts';

/** One epoch's part of a config's keys. The same ends are best passed as the same objects. */
export interface PairsOfEpoch {
  readonly epochId: EpochId;
  /** RFC 3339; absent for the epoch in force. */
  readonly activateAt?: string;
  readonly self: PairEndMessage;
  readonly peers: readonly PairEndMessage[];
}

export interface KeysToSeal extends SealRecipientMessage {
  /** The version of the config that carries the sealed keys. */
  readonly version: string;
  readonly current?: PairsOfEpoch;
  readonly next?: PairsOfEpoch;
}

interface Waiting {
  /** Takes the reply to the operation that was requested with this id. */
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** How long a worker may take to end after the request to end: longer than any single derivation. */
const ENDS_WITHIN_MS = 5_000;
/**
 * The worker's memory for young objects. Encapsulating leaves much garbage and keeps little of it. Without a
 * limit this memory grows to several times as much, and nothing gets quicker.
 */
const YOUNG_MIB = 24;
/**
 * How many requests may be outstanding while there is room for more: some 15 ms of the worker's time. More of
 * them would only wait longer, each with what belongs to its answer.
 */
const ROOM_BELOW = 128;

export class PskDeriver {
  readonly #worker: Worker;
  #waiting = new Slots<Waiting>();
  readonly #ends = new PairEndNumbers();
  /** Requests of this turn that have not been posted yet. A post for each of them would cost more. */
  #unposted: PskRequest[] = [];
  readonly #onDeath: (error: Error) => void;
  readonly #timers: Timers;
  #waitForRoom: (() => void)[] = [];
  #dead: Error | undefined;
  #hasEnded = false;

  /**
   * @param onDeath called once if the worker ends unasked; the epochs that it held are lost then
   * @param entry the worker's program, if it is not the usual one; it serves the same requests
   */
  constructor(onDeath: (error: Error) => void, entry: URL = workerEntry(), timers: Timers = systemTimers) {
    this.#timers = timers;
    this.#onDeath = onDeath;
    this.#worker = new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } });
    this.#worker.on('message', (replies: PskReplyBatch) => {
      for (const reply of replies) this.#settle(reply);
      if (this.#waiting.size < ROOM_BELOW) this.#tellRoom();
    });
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
      this.#die(new Error('the PSK worker has ended'));
    });
  }

  /** Draws a new epoch secret. @returns its commitment, "sha256:…" */
  open(meshId: MeshId, epochId: EpochId): Promise<string> {
    return this.#ask<'open'>({ op: 'open', meshId, epochId });
  }

  /** @returns 32 bytes for each peer, in the order of `peers`; the caller wipes them */
  async derive(
    epochId: EpochId,
    self: PairEndMessage,
    peers: readonly PairEndMessage[],
  ): Promise<Uint8Array> {
    if (peers.length === 0) return new Uint8Array();
    const psks = await this.#ask<'derive'>({ op: 'derive', ...this.#numbered({ epochId, self, peers }) });
    if (psks.length !== 32 * peers.length) throw new Error('the PSK worker gave a wrong number of keys');
    return psks;
  }

  /** Derives and seals in one step, so that the PSKs are never in this thread. */
  seal({ current, next, ...recipient }: KeysToSeal): Promise<SealedReply> {
    return this.#ask<'seal'>({
      op: 'seal',
      ...recipient,
      ...(current === undefined ? {} : { current: this.#numbered(current) }),
      ...(next === undefined ? {} : { next: this.#numbered(next) }),
    });
  }

  /**
   * Encapsulates ahead to these nodes when the worker has nothing else to do. Resolves when that is done or
   * has failed.
   */
  async prepare(nodes: readonly SealRecipientMessage[]): Promise<void> {
    if (nodes.length > 0) await this.#ask<'prepare'>({ op: 'prepare', nodes });
  }

  /**
   * Resolves when the worker has few requests left to serve; undefined if that is so now. Callers that can
   * choose when to cause requests wait for this. A worker that has died has room: its requests fail at once.
   */
  whenRoom(): Promise<void> | undefined {
    if (this.#waiting.size < ROOM_BELOW) return undefined;
    return new Promise((resolve) => this.#waitForRoom.push(resolve));
  }

  /** Zeroes the secrets and the seal contexts of every epoch before `epochId`. */
  async closeBefore(epochId: EpochId): Promise<void> {
    await this.#ask<'close_before'>({ op: 'close_before', epochId });
  }

  /**
   * Makes the worker zero what it holds, and waits for its end. A worker that does not end in time is
   * terminated.
   */
  async close(): Promise<void> {
    this.#dead ??= new Error('the PSK worker is closed');
    if (this.#hasEnded) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    const impatient = this.#timers.setTimer(ENDS_WITHIN_MS, () => void this.#worker.terminate());
    this.#post();
    this.#worker.postMessage([{ op: 'end' }] satisfies PskMessages);
    await ended;
    impatient();
  }

  #ask<Op extends PskOperation>(request: Omit<PskRequest<Op>, 'id'>): Promise<PskReplies[Op]> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const id = this.#waiting.add({ resolve, reject });
      if (this.#unposted.length === 0) queueMicrotask(() => this.#post());
      this.#unposted.push({ ...request, id } as unknown as PskRequest);
    });
  }

  /** Posts the requests of this turn, and before them the ends that they name for the first time. */
  #post(): void {
    const requests = this.#unposted;
    if (requests.length === 0) return;
    this.#unposted = [];
    const ends = this.#ends.takeNew();
    const messages: PskMessages = ends.length === 0 ? requests : [{ op: 'ends', ends }, ...requests];
    this.#worker.postMessage(messages);
  }

  #numbered({ self, peers, ...epoch }: PairsOfEpoch): EpochPairs {
    return { ...epoch, self: this.#ends.of(self), peers: this.#ends.ofAll(peers) };
  }

  #settle(reply: PskReply): void {
    const waiting = this.#waiting.take(reply.id);
    if (reply.ok) waiting?.resolve(reply.value as never);
    else waiting?.reject(new Error(reply.message));
  }

  #tellRoom(): void {
    const waiting = this.#waitForRoom;
    this.#waitForRoom = [];
    for (const resolve of waiting) resolve();
  }

  #die(error: Error): void {
    const first = this.#dead === undefined;
    this.#dead ??= error;
    const waiting = this.#waiting.all();
    this.#waiting = new Slots();
    for (const { reject } of waiting) reject(error);
    this.#tellRoom();
    if (first) this.#onDeath(error);
  }
}

function workerEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './psk-worker.ts' : './psk-worker.js', import.meta.url);
}
