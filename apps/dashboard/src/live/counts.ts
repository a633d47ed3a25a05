// The figures on top of the page.

import type { LiveNode } from '@mesh/protocol';

export const STANDINGS = ['in', 'probation', 'declining', 'cut', 'unreachable', 'pending'] as const;
export type Standing = (typeof STANDINGS)[number];

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  in: 'in',
  probation: 'on probation',
  declining: 'declining',
  cut: 'cut',
  unreachable: 'unreachable',
  pending: 'not judged yet',
};

/**
 * The one word for a node: what needs attention most. `unreachable` is one that the policy denies for its
 * tunnel, and one that reports that its tunnel fails.
 */
export function standingOf(node: LiveNode): Standing {
  if (node.membership === 'UNKNOWN' || node.status === 'pending') return 'pending';
  if (node.reason_code === 'unreachable' || node.troubles.includes('tunnel')) return 'unreachable';
  if (node.membership === 'DENIED') return 'cut';
  if (node.declining) return 'declining';
  return node.probation_until_epoch === null ? 'in' : 'probation';
}

export function countStandings(nodes: Iterable<LiveNode>): Readonly<Record<Standing, number>> {
  const counts: Record<Standing, number> = {
    in: 0,
    probation: 0,
    declining: 0,
    cut: 0,
    unreachable: 0,
    pending: 0,
  };
  for (const node of nodes) counts[standingOf(node)] += 1;
  return counts;
}
