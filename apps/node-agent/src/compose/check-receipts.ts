// Compares all receipts that this node keeps with the log of its controller.

import { type CheckpointTrust, parseVerifierKey, type VerifierKey } from '@mesh/audit';
import { createNodeClient, type LogIdentity } from '@mesh/protocol';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { lookAtMember } from '../identity/open-member.ts';
import type { StateDir } from '../identity/state-dir.ts';
import { pinLog } from '../log/pinned-log.ts';
import { type CheckedReceipt, checkReceipt } from '../uplink/submit/check-receipt.ts';
import { readReceipts } from '../uplink/submit/receipt-file.ts';
import { connectWith } from './connections.ts';

/**
 * @param logKeys verifier keys of the log; empty: those of the enrolment
 * @throws AgentError `not_enrolled`, `usage`; what the controller's refusal or the connection throws
 */
export async function checkReceipts(dir: StateDir, logKeys: readonly string[]): Promise<CheckedReceipt[]> {
  const { keys, enrolment } = await lookAtMember(dir);
  const trust = trustIn(logKeys, enrolment.log);
  const receipts = await readReceipts(dir.receipts);
  const connection = connectWith(keys.identity)(enrolment);
  try {
    const client = createNodeClient(
      { baseUrl: enrolment.nodes_url, fetch: connection.fetch },
      enrolment.node_id,
    );
    const checked: CheckedReceipt[] = [];
    for (const kept of receipts) checked.push(await checkReceipt(kept, enrolment.mesh_id, trust, client));
    return checked;
  } finally {
    connection.close();
  }
}

/** @throws AgentError `usage` if there is no key, or one that cannot be read */
export function trustIn(logKeys: readonly string[], identity: LogIdentity | undefined): CheckpointTrust {
  const given = logKeys.map(parseLogKey);
  if (given[0] !== undefined) return { origin: given[0].name, logKeys: given };
  const pinned = identity && pinLog(identity);
  if (pinned === undefined)
    throw new AgentError(
      'usage',
      'this node knows no key of the log: give one with --log-key, from meshctl log key',
    );
  return { origin: pinned.origin, logKeys: pinned.keys };
}

function parseLogKey(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (cause) {
    throw new AgentError('usage', `--log-key: ${messageOf(cause)}`, { cause });
  }
}
