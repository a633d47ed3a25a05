// A message counts once: its sequence must be above that of the last accepted one of its node and kind. It must not be far
// above it either: one message with the highest sequence there is would be the last one of its node.

import { type Problem, problem } from '@mesh/protocol';

/**
 * How far above both the last sequence and the controller's time a sequence may be. Agents count on from the last one, or
 * from the time in milliseconds where that is higher, and may have begun with a clock that is hours off.
 */
export const MAX_SEQUENCE_LEAD = 24 * 3_600_000;

/**
 * @param last the last accepted one; 0 where there is none
 * @param nowMs the controller's wall clock
 * @returns `sequence_replayed` or `sequence_too_far`, from which the sender learns where to go on, or undefined where all is
 *   well
 */
export function objectToSequence(sequence: number, last: number, nowMs: number): Problem | undefined {
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
