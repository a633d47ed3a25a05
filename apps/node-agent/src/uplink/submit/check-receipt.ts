// Compares a receipt with the log: it names an entry, and the log has to prove it.

import { AuditError, type CheckpointTrust, parseTlogProof, verifyTlogProof } from '@mesh/audit';
import { decodeBase64, type MeshId } from '@mesh/primitives';
import { type NodeClient, ProblemError, verifyReceipt } from '@mesh/protocol';
import type { KeptReceipt } from './receipt-file.ts';

export interface CheckedReceipt {
  /** `early`: no head covers the entry yet. `broken`: the log does not have what was promised. */
  readonly outcome: 'kept' | 'early' | 'broken';
  readonly index: number;
  readonly sequence: number;
  readonly received_at: string;
  readonly leaf_hash: string;
  /** Why it is broken. */
  readonly why?: string;
}

/** @throws what the controller's refusal or the connection throws, except that there is no proof yet */
export async function checkReceipt(
  { signed_by: signedBy, receipt }: KeptReceipt,
  meshId: MeshId,
  trust: CheckpointTrust,
  client: Pick<NodeClient, 'logProof'>,
): Promise<CheckedReceipt> {
  const { log_index: index, sequence, received_at, leaf_hash } = receipt;
  const found = { index, sequence, received_at, leaf_hash };
  if (!verifyReceipt(receipt, decodeBase64(signedBy, { lengthBytes: 32 }), meshId))
    return { outcome: 'broken', ...found, why: 'the receipt itself was changed' };
  try {
    const proof = parseTlogProof(await client.logProof(index));
    if (proof.index !== index) return { outcome: 'broken', ...found, why: 'the proof is of another entry' };
    verifyTlogProof(proof, decodeBase64(leaf_hash), trust);
    return { outcome: 'kept', ...found };
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found')
      return { outcome: 'early', ...found };
    if (error instanceof AuditError) return { outcome: 'broken', ...found, why: error.message };
    throw error;
  }
}
