// Verifies what a controller says that it told a node, by the log alone.

import type { CheckpointTrust } from '@mesh/audit';
import type { MeshId, NodeId } from '@mesh/primitives';
import { EvidenceError } from '../evidence-error.ts';
import type { ToldAnswer } from '../told/told-answer.ts';
import { checkHead } from './check-head.ts';
import { checkTold } from './check-told.ts';
import { Findings, Refutation } from './findings.ts';
import type { ToldInLog } from './proof-report.ts';

/**
 * @returns what the log commits to, in its order
 * @throws EvidenceError `refuted` if the head is not one of the log, if it has no such entry, or if an entry
 *   commits to something else
 */
export function verifyTold(
  { checkpoint, told }: Pick<ToldAnswer, 'checkpoint' | 'told'>,
  node: { readonly meshId: MeshId; readonly nodeId: NodeId },
  trust: CheckpointTrust,
): ToldInLog[] {
  const findings = new Findings();
  try {
    const head = checkHead({ checkpoint }, { ...trust, required: 0 }, findings);
    return checkTold({ ...node, told }, head, findings);
  } catch (error) {
    if (!(error instanceof Refutation)) throw error;
    throw new EvidenceError('refuted', error.message);
  }
}
