// Verifies the signatures that arrive in one turn of the event loop together. One alone is verified here: a
// message to another thread and back would take longer than the verification. Several go to a thread of their
// own, in one message, so that a thousand nodes can report without holding up the event loop.

import { Worker } from 'node:worker_threads';
import type { Ed25519Verify } from '@mesh/primitives';
import { type ClaimedSignature, packSignatures } from './packed-signatures.ts';

interface Waiting extends ClaimedSignature {
  readonly resolve: (isValid: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export interface VerifyInTurnsOptions {
  /** Verifies one signature in this thread. */
  readonly isValid: Ed25519Verify;
  /** Called when the thread ends unasked. From then on, signatures are verified in this thread. */
  readonly onThreadLost: (error: Error) => void;
  /** The program of the thread, if it is not the usual one. */
  readonly entry?: URL;
}

export class VerifyInTurns {
  readonly #options: VerifyInTurnsOptions;
  #turn: Waiting[] = [];
  #thread: Worker | undefined;
  /** Whether the thread takes blocks. */
  #isOnline = false;
  #isLost = false;
  /** What the thread has not answered yet, by block, in its order. */
  #sent: (readonly Waiting[])[] = [];

  constructor(options: VerifyInTurnsOptions) {
    this.#options = options;
  }

  /**
   * @returns whether the equation holds for a signature of strict form
   * @throws what `isValid` throws, for example for a key that is no point
   */
  verify(claim: ClaimedSignature): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#turn.push({ ...claim, resolve, reject });
      if (this.#turn.length === 1) setImmediate(() => this.#endTurn());
    });
  }

  /** Ends the thread. What is still waiting is verified in this one. */
  async close(): Promise<void> {
    this.#isLost = true;
    const thread = this.#thread;
    this.#verifyHere(this.#takeSent());
    await thread?.terminate();
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = [];
    if (turn.length > 1 && !this.#isLost) this.#thread ??= this.#start();
    if (turn.length === 1 || !this.#isOnline || this.#isLost) {
      this.#verifyHere(turn);
      return;
    }
    const block = packSignatures(turn);
    this.#sent.push(turn);
    this.#thread?.postMessage(block, [block.buffer]);
  }

  #start(): Worker {
    const thread = new Worker(this.#options.entry ?? workerEntry());
    thread.unref();
    thread.on('online', () => {
      this.#isOnline = true;
    });
    thread.on('message', (verdicts: Uint8Array) => {
      const turn = this.#sent.shift() ?? [];
      for (const [at, { resolve }] of turn.entries()) resolve(verdicts[at] === 1);
    });
    thread.on('error', (error) => this.#lose(error instanceof Error ? error : new Error(String(error))));
    thread.on('exit', () => this.#lose(new Error('the thread that verifies signatures has ended')));
    return thread;
  }

  #lose(error: Error): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.onThreadLost(error);
    this.#verifyHere(this.#takeSent());
  }

  #takeSent(): Waiting[] {
    const waiting = this.#sent.flat();
    this.#sent = [];
    return waiting;
  }

  #verifyHere(turn: readonly Waiting[]): void {
    for (const { signature, message, publicKey, resolve, reject } of turn) {
      try {
        resolve(this.#options.isValid(signature, message, publicKey));
      } catch (error) {
        reject(error);
      }
    }
  }
}

function workerEntry(): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js',
    import.meta.url,
  );
}
