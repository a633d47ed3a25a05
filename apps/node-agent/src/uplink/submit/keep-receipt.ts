// Checks the receipt in an answer, and keeps it: the controller's promise that the message is in its log.

import { LogField, type Logger, platformSha256 } from '@mesh/host';
import { type Ed25519Verify, encodeBase64, toHex, utf8 } from '@mesh/primitives';
import {
  type BenchmarkAnswer,
  type BenchmarkMessage,
  keysTrustedAt,
  type ReceiptMessage,
  verifyReceipt,
} from '@mesh/protocol';
import { type KnownConfigKeys, trustIn } from '../config/config-trust.ts';
import type { ReceiptFile } from './receipt-file.ts';

export interface ReceiptPorts {
  readonly file: Pick<ReceiptFile, 'keep'>;
  /** The keys that this node takes configs from. */
  readonly knownKeys: () => KnownConfigKeys;
  readonly verify?: Ed25519Verify;
  readonly logger: Logger;
}

export class ReceiptKeeper {
  readonly #ports: ReceiptPorts;

  constructor(ports: ReceiptPorts) {
    this.#ports = ports;
  }

  /** Resolves when it is kept. A bad receipt, and one that the disk refuses, is only reported. */
  async keep(sent: BenchmarkMessage, { receipt, server_time_ms: nowMs }: BenchmarkAnswer): Promise<void> {
    // Controllers of earlier versions give none.
    if (receipt === undefined) return;
    const { file, logger } = this.#ports;
    const signedBy = this.#signerOf(sent, receipt, nowMs);
    if (signedBy === undefined) {
      logger.error(
        { [LogField.nodeId]: sent.node_id },
        "the controller's receipt is not one for what was sent, or not signed with its key: it is not kept",
      );
      return;
    }
    await file.keep({ signed_by: encodeBase64(signedBy), receipt }).catch((error: unknown) => {
      logger.warn({ [LogField.error]: error }, "the controller's receipt could not be stored");
    });
  }

  #signerOf(sent: BenchmarkMessage, receipt: ReceiptMessage, nowMs: number): Uint8Array | undefined {
    const { knownKeys, verify } = this.#ports;
    // As the client sends it.
    const sha256 = toHex(platformSha256(utf8(JSON.stringify(sent))));
    const isOfSent =
      receipt.node_id === sent.node_id &&
      receipt.sequence === sent.sequence &&
      receipt.message_sha256 === sha256;
    if (!isOfSent) return undefined;
    return keysTrustedAt(trustIn(knownKeys()), nowMs).find((candidate) =>
      verifyReceipt(receipt, candidate, sent.mesh_id, verify, platformSha256),
    );
  }
}
