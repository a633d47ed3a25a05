// Asks the controller what its log says that this node was told, and compares it with what the node has kept.

import { EvidenceError, parseToldAnswer, type ToldInLog, verifyTold } from '@mesh/evidence';
import { createNodeClient, type NodeClient, ProblemError } from '@mesh/protocol';
import { AgentError } from '../errors/agent-error.ts';
import { lookAtMember } from '../identity/open-member.ts';
import type { StateDir } from '../identity/state-dir.ts';
import { type CheckedAnswer, checkTold } from '../uplink/config/check-told.ts';
import { readTold } from '../uplink/config/told-file.ts';
import { trustIn } from './check-receipts.ts';
import { connectWith } from './connections.ts';

/**
 * @param logKeys verifier keys of the log; empty: those of the enrolment
 * @throws AgentError `not_enrolled`, `usage`; `receipt_broken` if the log does not have what the controller
 *   shows of it; `failed` if the controller is of an earlier version; what the controller's refusal or the
 *   connection throws
 */
export async function askTold(dir: StateDir, logKeys: readonly string[]): Promise<CheckedAnswer[]> {
  const { keys, enrolment } = await lookAtMember(dir);
  const { mesh_id: meshId, node_id: nodeId, nodes_url: baseUrl } = enrolment;
  const trust = trustIn(logKeys, enrolment.log);
  const kept = await readTold(dir.told);
  if (kept.length === 0) return [];
  // A config can name an earlier epoch than the newest one, under which the log has it.
  const epochId = Math.min(...kept.map(({ epoch_id }) => epoch_id));
  const connection = connectWith(keys.identity)(enrolment);
  try {
    const client = createNodeClient({ baseUrl, fetch: connection.fetch }, nodeId);
    const told: ToldInLog[] = [];
    for (let from: number | null = 0; from !== null; ) {
      const answer = parseToldAnswer(await ask(client, epochId, from));
      told.push(...verifyTold(answer, { meshId, nodeId }, trust));
      if (answer.next !== null && answer.next <= from)
        throw new AgentError('failed', 'the controller names no later entry to go on at: look at its log');
      from = answer.next;
    }
    return checkTold(kept, told, { meshId, nodeId });
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new AgentError(
      'receipt_broken',
      `what the controller says that it told this node is not what its log has: ${error.message}; keep told.jsonl`,
      { cause: error },
    );
  } finally {
    connection.close();
  }
}

async function ask(client: Pick<NodeClient, 'told'>, epochId: number, from: number): Promise<string> {
  try {
    return await client.told({ epochId, from });
  } catch (error) {
    if (!(error instanceof ProblemError && error.problem.code === 'not_found')) throw error;
    throw new AgentError(
      'failed',
      'the controller is of an earlier version, which shows no node what it was told: meshctl audit verify --told compares told.jsonl with a proof file',
      { cause: error },
    );
  }
}
