// The order in which test files run: those that take longest begin first, so that none of them is left alone
// at the end while cores idle. Everything else keeps vitest's order.
import { basename } from 'node:path';
import { BaseSequencer } from 'vitest/node';

/** More than half a minute each beside others, the longest first. */
const LONGEST = [
  'key-rotation-strict',
  'bad-host',
  'bad-control',
  'report',
  'probation-tunnel',
  'failed-starts',
  'foreign-routes',
  'lead-restart',
  'pages',
  'operations-walk',
  'pair-truth',
  'whole-mesh',
  'put-back-database',
  'denial-claim',
  'overlay-overlaps',
  'leaks',
  'security-fuzz',
  'host-rules-wire',
  'mechanisms',
  'packed-packages',
  'shared-machine',
  'master-key-rotation',
  'contract',
  'key-rotation-in-place',
  'weak-host',
  'kill',
  'fuzz',
  'guard-wire',
  'lab-namespaces',
];

/** @param {string} file @returns {number} its place; behind all others if it is not among the longest */
export function placeOf(file) {
  const at = LONGEST.indexOf(basename(file, '.test.ts'));
  return at < 0 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const usual = await super.sort(files);
    return usual.toSorted((one, other) => placeOf(one.moduleId) - placeOf(other.moduleId));
  }
}
