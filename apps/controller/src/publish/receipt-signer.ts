// Signs the receipts of messages. Those that reached the disk in one commit are answered in one turn of the
// event loop, and share a signature.

import { platformSha256 } from '@mesh/host';
import type { MeshId } from '@mesh/primitives';
import {
  MAX_RECEIPTS,
  type ReceiptMessage,
  type Sign,
  signReceipts,
  type UnsignedReceipt,
} from '@mesh/protocol';

interface Waiting {
  readonly receipt: UnsignedReceipt;
  readonly resolve: (signed: ReceiptMessage) => void;
  readonly reject: (error: unknown) => void;
}

export class ReceiptSigner {
  readonly #meshId: MeshId;
  readonly #sign: Sign;
  #waiting: Waiting[] = [];

  /** @param sign with the key that signs configs */
  constructor(meshId: MeshId, sign: Sign) {
    this.#meshId = meshId;
    this.#sign = sign;
  }

  /** Resolves before the event loop handles its next event. */
  sign(receipt: UnsignedReceipt): Promise<ReceiptMessage> {
    return new Promise((resolve, reject) => {
      // It runs when no promise of this event is left to continue.
      if (this.#waiting.length === 0) process.nextTick(() => this.#signWaiting());
      this.#waiting.push({ receipt, resolve, reject });
    });
  }

  #signWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += MAX_RECEIPTS)
      this.#signTogether(waiting.slice(from, from + MAX_RECEIPTS));
  }

  #signTogether(batch: readonly Waiting[]): void {
    try {
      const receipts = batch.map(({ receipt }) => receipt);
      const signed = signReceipts(receipts, this.#meshId, this.#sign, platformSha256);
      for (const [at, { resolve }] of batch.entries()) resolve(signed[at] as ReceiptMessage);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
