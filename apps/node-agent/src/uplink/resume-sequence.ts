// What a refusal says about sequences: where the controller stands, and how high it goes along.

import { ProblemError } from '@mesh/protocol';
import type { SequenceFile, SequenceKind } from '../identity/sequence-file.ts';

/** Goes on where the controller says, if `error` is a problem that says so. */
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
