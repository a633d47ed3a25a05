// Says what a node gains when it moves from one class to another: a lower bar, a higher limit, more peers.
// Pure.

import { classWeakens, DEFAULT_CLASS, type Policy } from '@mesh/scoring';
import type { LimitPolicy } from '../events/limits-event.ts';
import type { Peering } from './peering.ts';

/** What the operator has set for classes beside the policy. */
export interface ClassRules {
  readonly limits: LimitPolicy['classes'];
  readonly peering: Peering;
}

/** One sentence without a full stop for each gain; empty if the node gains nothing. */
export function gainsOfClass(policy: Policy, rules: ClassRules, from: string, to: string): string[] {
  return [
    ...classWeakens(policy, from, to),
    ...limitGains(rules, from, to),
    ...peerGains(policy, rules, from, to),
  ];
}

function limitGains({ limits }: ClassRules, from: string, to: string): string[] {
  const [before, after] = [limits.get(from), limits.get(to)];
  if (before === undefined || (after !== undefined && after <= before)) return [];
  return [`its limit of ${before} bits per second ${after === undefined ? 'ends' : `rises to ${after}`}`];
}

function peerGains({ classes }: Policy, { peering }: ClassRules, from: string, to: string): string[] {
  const named = [...new Set([DEFAULT_CLASS, ...classes.map(({ name }) => name)])];
  const gained = named.filter((other) => peering.arePeers(to, other) && !peering.arePeers(from, other));
  return gained.length === 0 ? [] : [`it gets the nodes of class ${gained.join(', ')} as peers`];
}
