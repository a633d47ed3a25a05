// Compares the receipts that this node keeps with the log: each names an entry, and the log has to prove it.

import {
  AuditError,
  type CheckpointTrust,
  parseTlogProof,
  parseVerifierKey,
  verifyTlogProof,
} from '@mesh/audit';
import { decodeBase64, type MeshId } from '@mesh/primitives';
import { createNodeClient, type NodeClient, ProblemError, verifyReceipt } from '@mesh/protocol';
import { AgentError } from '../errors/agent-error.ts';
import { lookAtMember } from '../identity/open-member.ts';
import { type KeptReceipt, readReceipts } from '../identity/receipt-file.ts';
import type { StateDir } from '../identity/state-dir.ts';
import { connectWith } from './connections.ts';

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

/**
 * @param logKeys verifier keys of the log; empty: those of the enrolment
 * @throws AgentError `not_enrolled`, `usage`; what the controller's refusal or the connection throws
 */
export async function checkReceipts(dir: StateDir, logKeys: readonly string[]): Promise<CheckedReceipt[]> {
  const { keys, enrolment } = await lookAtMember(dir);
  const trust = trustIn(logKeys.length > 0 ? logKeys : (enrolment.log?.verifier_keys ?? []));
  const receipts = await readReceipts(dir.receipts);
  const connection = connectWith(keys.identity)(enrolment);
  try {
    const client = createNodeClient(
      { baseUrl: enrolment.nodes_url, fetch: connection.fetch },
      enrolment.node_id,
    );
    const checked: CheckedReceipt[] = [];
    for (const kept of receipts) checked.push(await checkOne(kept, enrolment.mesh_id, trust, client));
    return checked;
  } finally {
    connection.close();
  }
}

function trustIn(texts: readonly string[]): CheckpointTrust {
  const keys = texts.map((text) => {
    try {
      return parseVerifierKey(text);
    } catch (cause) {
      throw new AgentError('usage', `--log-key: ${cause instanceof Error ? cause.message : 'bad key'}`, {
        cause,
      });
    }
  });
  const [first] = keys;
  if (first === undefined)
    throw new AgentError(
      'usage',
      'this node knows no key of the log: give one with --log-key, from meshctl log key',
    );
  return { origin: first.name, logKeys: keys };
}

/** Exported for tests: they answer in the controller's place. */
export async function checkOne(
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
