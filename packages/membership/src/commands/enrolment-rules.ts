// What the operator has set for enrolments, beside the tokens: which names may enrol, how many nodes a class
// and a source address may have, and whether nodes wait for an approval.

import type { NodeId } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import { ipFamily, parseIpBytes } from '@mesh/wg';
import type { MeshView } from '../state/mesh-view.ts';

export interface EnrolmentRules {
  /** Only these names may enrol; undefined if any may. */
  readonly allowedIds: ReadonlySet<string> | undefined;
  /** How many nodes that are not revoked each class may have; a class without an entry has no cap. */
  readonly mostByClass: ReadonlyMap<string, number>;
  /** How many nodes may be enrolled from one source address (IPv6: one /64); undefined if there is no cap. */
  readonly mostByAddress: number | undefined;
  /** Whether every new node is `pending` until an operator approves it. */
  readonly needsApproval: boolean;
}

export const NO_RULES: EnrolmentRules = {
  allowedIds: undefined,
  mostByClass: new Map(),
  mostByAddress: undefined,
  needsApproval: false,
};

export function findNameObjection({ allowedIds }: EnrolmentRules, nodeId: NodeId): Problem | undefined {
  if (allowedIds?.has(nodeId) !== false) return undefined;
  return problem(
    'enrolment_refused',
    `node ${nodeId} is not in the list of nodes that may enrol; ask the operator to add it (enrolment.allow)`,
  );
}

/** Whether a class has room for one node more. */
export function findClassObjection(
  { mostByClass }: EnrolmentRules,
  view: MeshView,
  className: string,
): Problem | undefined {
  const most = mostByClass.get(className);
  if (most === undefined) return undefined;
  let count = 0;
  for (const node of view.nodes()) if (node.class === className && node.status !== 'revoked') count += 1;
  if (count < most) return undefined;
  return problem(
    'enrolment_refused',
    `class ${className} has its ${most} nodes; the operator can revoke one, or raise classes.${className}.max_nodes`,
  );
}

/**
 * Revoked nodes count too, until they are deleted: a node that was revoked must not make room for its next
 * name.
 */
export function findSourceObjection(
  { mostByAddress }: EnrolmentRules,
  view: MeshView,
  address: string | undefined,
): Problem | undefined {
  if (mostByAddress === undefined || address === undefined) return undefined;
  const source = sourceOf(address);
  let count = 0;
  for (const { enrolledFrom } of view.nodes())
    if (enrolledFrom !== undefined && sourceOf(enrolledFrom) === source) count += 1;
  if (count < mostByAddress) return undefined;
  return problem(
    'enrolment_refused',
    `${mostByAddress} nodes have enrolled from this address; the operator can delete one that is gone, or raise enrolment.nodes_per_address`,
  );
}

/** One host can have a whole /64, so an IPv6 address counts by its first eight bytes. */
function sourceOf(address: string): string {
  try {
    if (ipFamily(address) === 4) return address;
    return parseIpBytes(address.replace(/%.*$/, '')).subarray(0, 8).join('.');
  } catch {
    return address;
  }
}
