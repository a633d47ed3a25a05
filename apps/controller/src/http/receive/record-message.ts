// Runs the command of a node's message, and charges the node for it unless the message costs the node its
// place or its good standing.

import type { Command, MeshEvent } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { ProblemError } from '@mesh/protocol';
import type { Judge } from '../../judge/judge.ts';
import type { Arrival } from '../gate/arrivals.ts';
import type { SubmissionAllowance, SubmissionKind } from '../gate/submission-allowance.ts';
import type { Refusals } from './refusals.ts';

export interface RecordPorts {
  readonly judge: Judge;
  readonly submissions: SubmissionAllowance;
  readonly refusals: Refusals;
}

/**
 * Resolves with its events when they are on disk.
 *
 * @throws ProblemError as the command does, and `rate_limited`
 */
export async function recordMessage(
  { judge, submissions, refusals }: RecordPorts,
  kind: SubmissionKind,
  { nodeId, arrival }: { readonly nodeId: NodeId; readonly arrival: Arrival },
  command: Command,
): Promise<readonly MeshEvent[]> {
  try {
    const foreseen = judge.foresee(command, nodeId);
    if (foreseen.cost === 'nothing') {
      arrival.refuseReserve();
      submissions.charge(nodeId, kind);
    }
    return await judge.run(foreseen);
  } catch (error) {
    if (error instanceof ProblemError) await refusals.note(nodeId, kind, error.problem);
    throw error;
  }
}
