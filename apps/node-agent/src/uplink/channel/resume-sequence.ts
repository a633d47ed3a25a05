// Repairs a sequence after a refusal. The refusal can name the last sequence number that the controller
// accepted, and the highest that it would accept.

import { ProblemError } from '@mesh/protocol';
import type { SequenceFile, SequenceKind } from '../../identity/sequence-file.ts';

/** Continues above the number that the controller names, if `error` is a problem that names one. */
export async function resumeSequence(
  sequences: Pick<SequenceFile, 'resumeAbove'>,
  kind: SequenceKind,
  error: unknown,
): Promise<void> {
  if (!(error instanceof ProblemError)) return;
  const last = Number(error.problem.last_sequence);
  const highest = Number(error.problem.highest_sequence);
  if (Number.isSafeInteger(last))
    await sequences.resumeAbove(kind, last, Number.isSafeInteger(highest) ? highest : undefined);
}
