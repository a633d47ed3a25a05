// A message counts once: its sequence must be above the last accepted one of the same node and kind. It must
// not be far above it either: after a message with the highest possible sequence, its node could never send
// another.

import { type Problem, problem } from '@mesh/protocol';

/**
 * How far above both the last sequence and the controller's time a sequence may be. Agents count on from the
 * last one, or from the time in milliseconds where that is higher, and may have begun with a clock that is
 * hours off.
 */
const MAX_SEQUENCE_LEAD = 24 * 3_600_000;

/**
 * @param last the last accepted one; 0 if there was none
 * @param nowMs the controller's wall clock
 * @returns undefined if the sequence is in order; else `sequence_replayed` or `sequence_too_far`, which tell
 *   the sender where to go on
 */
export function findSequenceObjection(sequence: number, last: number, nowMs: number): Problem | undefined {
  if (sequence <= last) {
    return problem('sequence_replayed', `sequence ${sequence} is not above ${last}, the last accepted one`, {
      last_sequence: last,
    });
  }
  const highest = Math.max(last + 1, Math.floor(nowMs)) + MAX_SEQUENCE_LEAD;
  if (sequence <= highest) return undefined;
  return problem(
    'sequence_too_far',
    `sequence ${sequence} is above ${highest}; go on above last_sequence, with the time in milliseconds at most`,
    { last_sequence: last, highest_sequence: highest },
  );
}
