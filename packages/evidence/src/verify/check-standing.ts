// How the node stood by the entries about it, compared with what the decision says that it saw.

import { parseRfc3339 } from '@mesh/primitives';
import type { NodeStatus } from '@mesh/scoring';
import type { JudgedState } from '../judged-state.ts';
import type { LoggedEntry } from './check-entries.ts';
import { type Findings, orRefute, Refutation } from './findings.ts';

/** What entries that everybody may read say of a node. */
export interface LoggedStanding {
  /** Ed25519, base64; undefined before the enrolment. */
  readonly identityKey?: string;
  readonly status?: string;
  readonly className?: string;
  readonly membership?: string;
  readonly declining: boolean;
  readonly hasLeft: boolean;
  readonly unreachableSinceMs?: number | undefined;
}

const START: LoggedStanding = { declining: false, hasLeft: false };

/**
 * The types of entries that change it. The newest of each line is enough: later ones replace earlier ones.
 */
export const STANDING_TYPES = [
  ['node_enrolled'],
  ['identity_key_changed'],
  ['node_class_changed'],
  ['node_quarantined', 'node_released', 'node_approved', 'node_revoked', 'node_rejected'],
  ['node_admitted', 'node_denied'],
  ['node_declining', 'node_recovered'],
  ['node_left'],
  ['node_unreachable', 'node_reachable'],
] as const satisfies readonly (readonly string[])[];

/** The status of a node after an entry of this type. */
export const STATUS_AFTER: Readonly<Record<string, NodeStatus>> = {
  node_quarantined: 'quarantined',
  node_released: 'active',
  node_approved: 'active',
  node_revoked: 'revoked',
  node_rejected: 'revoked',
};

/** @param entries of one node, in the order of the log */
export function loggedStanding(entries: Iterable<LoggedEntry>): LoggedStanding {
  let standing = START;
  for (const entry of entries) standing = { ...standing, ...changeBy(entry) };
  return standing;
}

function changeBy({ type, data }: LoggedEntry): Partial<LoggedStanding> {
  const status = STATUS_AFTER[type];
  if (status !== undefined) return { status };
  switch (type) {
    case 'node_enrolled':
      return {
        identityKey: String(data.identity_key),
        className: String(data.class),
        status: data.needs_approval === true ? 'pending' : 'active',
        membership: 'never',
      };
    case 'identity_key_changed':
      return { identityKey: String(data.identity_key) };
    case 'node_class_changed':
      return { className: String(data.to) };
    case 'node_admitted':
      return { membership: 'admitted' };
    case 'node_denied':
      return { membership: 'denied' };
    case 'node_declining':
      return { declining: true };
    case 'node_recovered':
      return { declining: false };
    case 'node_left':
      return { hasLeft: true };
    case 'benchmark_accepted':
      return { hasLeft: false };
    case 'node_unreachable':
      return {
        unreachableSinceMs: orRefute('standing', 'wrong_entry', () => parseRfc3339(String(data.since))),
      };
    case 'node_reachable':
      return { unreachableSinceMs: undefined };
    default:
      return {};
  }
}

/** @param before the entries about the node before the decision */
export function checkStanding(judged: JudgedState, before: readonly LoggedEntry[], findings: Findings): void {
  const logged = loggedStanding(before);
  const pairs = [
    ['status', judged.status, logged.status],
    ['class', judged.className, logged.className],
    ['membership', judged.membership, logged.membership],
    ['decline', judged.declining, logged.declining],
    ['reachability', judged.unreachableSinceMs, logged.unreachableSinceMs],
    ['leave', judged.result === 'left', logged.hasLeft],
  ] as const;
  for (const [what, seen, inLog] of pairs)
    if (seen !== inLog)
      throw new Refutation(
        'standing',
        'state_differs',
        `the decision saw another ${what} of the node than the log has: ${seen}, and ${inLog}`,
      );
  findings.shown(
    'standing',
    `the node was ${judged.status}, of class ${judged.className}, ${MEMBERSHIP[judged.membership]}${causeOf(before)}`,
  );
}

/** Who has set the status, and why, by the newest entry that did. */
function causeOf(before: readonly LoggedEntry[]): string {
  const set = before.findLast(({ type }) => STATUS_AFTER[type] !== undefined);
  if (set === undefined) return '';
  const { actor, actor_id: id, why } = set.data;
  const who = id === undefined ? String(actor) : `${String(actor)} ${String(id)}`;
  return `; ${set.type} by ${who}, entry ${set.index}: ${String(why)}`;
}

const MEMBERSHIP = { admitted: 'and in', denied: 'and out', never: 'and never in' } as const;
