// How the number of admitted nodes changes when a record is replaced, or deleted.

import type { NodeRecord } from './records.ts';

/** @returns 1, 0 or -1 */
export function admittedBy(before: NodeRecord | undefined, after: NodeRecord | undefined): number {
  return Number(after?.membership === 'admitted') - Number(before?.membership === 'admitted');
}
