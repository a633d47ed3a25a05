// A message counts once: its sequence must be above that of the last accepted one of its node and kind.

import { type Problem, problem } from '@mesh/protocol';

/** @returns `sequence_replayed`, from which the sender learns where to go on, or undefined where all is well */
export function objectToSequence(sequence: number, last: number): Problem | undefined {
  if (sequence > last) return undefined;
  return problem('sequence_replayed', `sequence ${sequence} is not above ${last}, the last accepted one`, {
    last_sequence: last,
  });
}
