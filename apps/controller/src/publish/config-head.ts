// What every config says beside its peers and keys, of the node itself and of the mesh.

import type { NodeRecord } from '@mesh/membership';
import { defined } from '@mesh/primitives';
import type { FullConfig } from '@mesh/protocol';
import type { AgentAbilities } from './agent-abilities.ts';
import { formatVersion, type NamedVersion } from './change-feed.ts';
import type { ConfigAnswerOptions } from './config-answer-options.ts';
import { listsAfter } from './config-key-lists.ts';
import type { Unsigned } from './config-signer.ts';
import { assignmentIds } from './exam-assignments.ts';

type ConfigHead = Omit<Unsigned<FullConfig>, 'interface' | 'peers' | 'keys'>;

export function configHead(
  options: ConfigAnswerOptions,
  node: NodeRecord,
  version: NamedVersion,
  abilities: AgentAbilities,
): ConfigHead {
  const { meshId, view, standing, nowMs, leaseSeconds, challenge, rotation, leadMs } = options;
  const { configKeyListMs } = abilities;
  const { allowed, reason, reasonCode } = standing(node);
  const now = challenge();
  return {
    mesh_id: meshId,
    node_id: node.nodeId,
    version: formatVersion(version),
    epoch_id: version.epochId as ConfigHead['epoch_id'],
    allowed,
    reason,
    reason_code: reasonCode,
    server_time_ms: Math.floor(nowMs()),
    lease_seconds: leaseSeconds(node.nodeId),
    ...defined({ challenge: now }),
    rotation,
    lead_ms: Math.round(leadMs),
    ...logPart(options, abilities),
    ...defined({
      config_key_lists: listsAfter(view, configKeyListMs),
      exams: abilities.takesExams === true ? assignmentIds(view, node.nodeId) : undefined,
    }),
  };
}

/** The head and its proof are of one moment. */
function logPart(
  { logHead, logProofFrom, logIdentity }: ConfigAnswerOptions,
  { logSize, asksForLog }: AgentAbilities,
): Pick<ConfigHead, 'log_head' | 'log_proof' | 'log'> {
  const { size, rootHash } = logHead();
  return {
    log_head: { size, root_hash: rootHash },
    ...defined({
      log_proof: logSize === undefined ? undefined : logProofFrom(logSize),
      log: asksForLog === true ? logIdentity() : undefined,
    }),
  };
}
