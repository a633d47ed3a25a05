import type { NodeRecord } from '@mesh/membership';
import type { EpochId } from '@mesh/primitives';

/** Whether a node that was denied once is in again, but not in the epoch in force. */
export function comesBackAfter(
  { readmitted, admittedSince }: NodeRecord,
  current: EpochId | undefined,
): boolean {
  return readmitted && admittedSince !== undefined && current !== undefined && admittedSince > current;
}
