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
import { SignTogether } from './sign-together.ts';

export type ReceiptSigner = SignTogether<UnsignedReceipt, ReceiptMessage>;

/** @param sign with the key that signs configs */
export function createReceiptSigner(meshId: MeshId, sign: Sign): ReceiptSigner {
  return new SignTogether((receipts) => signReceipts(receipts, meshId, sign, platformSha256), MAX_RECEIPTS);
}
