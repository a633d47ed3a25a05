// An entry of the log as one line for people. What a line leaves out is in meshctl log.

import type { LogEntryView } from '@mesh/protocol';
import { describeReasonCode, type ReasonCode } from '@mesh/scoring';

/** The fields of an entry that sentences are made of. Any of them may be missing or of another type. */
interface Facts {
  readonly node: string;
  readonly epoch: string;
  /** A field of what the entry shows or reveals, as text; '?' without it. */
  readonly field: (name: string) => string;
  /** Who did it, and why: " by the API key 0123 (a reason)". */
  readonly cause: string;
  readonly reason: string;
}

const SENTENCES: Readonly<Record<string, (facts: Facts) => string>> = {
  controller_started: ({ field }) => `the controller started, version ${field('version')}`,
  alerts_tested: ({ cause }) => `the receivers of alerts were told of a test${cause}`,
  master_key_rotated_at_rest: ({ field }) =>
    `the master key was replaced at ${field('rotated_at')}, while no controller ran`,
  storage_recovered: () => 'the database takes writes again',
  token_created: ({ field, cause }) =>
    `token ${field('token_id')} for class ${field('class')} was made${cause}`,
  token_withdrawn: ({ field, cause }) => `token ${field('token_id')} was withdrawn${cause}`,
  node_enrolled: ({ node, field }) => `${node} enrolled in class ${field('class')}`,
  node_reenrolled: ({ node }) => `${node} enrolled again`,
  node_approved: ({ node, cause }) => `${node} was approved${cause}`,
  node_rejected: ({ node, cause }) => `${node} was rejected${cause}`,
  node_admitted: ({ node, epoch, reason }) => `${node} is in from epoch ${epoch} on: ${reason}`,
  node_denied: ({ node, reason }) => `${node} was cut: ${reason}`,
  node_declining: ({ node, reason }) => `${node} is declining: ${reason}`,
  node_recovered: ({ node, reason }) => `${node} is no longer declining: ${reason}`,
  probation_began: ({ node, reason }) => `${node} was put on probation: ${reason}`,
  node_quarantined: ({ node, cause }) => `${node} was quarantined${cause}`,
  node_released: ({ node, cause }) => `${node} was released${cause}`,
  node_revoked: ({ node, cause }) => `${node} was revoked${cause}`,
  node_deleted: ({ node, cause }) => `${node} was deleted${cause}`,
  node_left: ({ node }) => `${node} left the mesh`,
  node_unreachable: ({ node, field }) => `the tunnel of ${node} has failed for too long: ${field('code')}`,
  node_reachable: ({ node }) => `the tunnel of ${node} works again`,
  node_class_changed: ({ node, field, cause }) =>
    `${node} was moved from class ${field('from')} to ${field('to')}${cause}`,
  class_revoked: ({ field, cause }) => `class ${field('class')} was revoked${cause}`,
  class_released: ({ field, cause }) => `class ${field('class')} was released${cause}`,
  instance_conflict: ({ node }) => `a second agent with the identity of ${node} was refused`,
  brake_engaged: ({ field }) =>
    `the brake holds nodes in: ${field('cut')} of ${field('admitted')} were cut for one cause`,
  brake_ended: ({ field, cause }) => `the brake was ended: ${field('decision')}${cause}`,
  node_held: ({ node, reason, field }) => `the brake holds ${node} in until ${field('until')}: ${reason}`,
  hold_released: ({ node }) => `the hold of ${node} is without a limit now`,
  hold_ended: ({ node }) => `the hold of ${node} ended`,
  epoch_opened: ({ epoch, field }) => `epoch ${epoch} was opened (${field('cause')})`,
  policy_changed: ({ field, cause }) => `policy version ${field('version')} was accepted${cause}`,
  policy_applied: ({ field }) => `policy version ${field('version')} is in force`,
  benchmark_accepted: ({ node }) => `a result of ${node} was accepted`,
  message_rejected: ({ node, field }) =>
    `a message of ${node} was refused: ${field('kind')}: ${field('code')}`,
  messages_rejected: ({ node }) => `messages of ${node} were refused`,
  endpoint_reported: ({ node }) => `${node} said where it listens`,
  exam_drawn: ({ node }) => `an exam of ${node} was drawn`,
  exam_closed: ({ node }) => `the exam of ${node} was closed`,
  examiner_suspended: ({ node }) => `${node} was outvoted and examines nobody any more`,
  examiner_restored: ({ node, cause }) => `${node} may examine again${cause}`,
  maintenance_ended: ({ cause }) => `the maintenance window was ended${cause}`,
  maintenance_started: ({ field }) => `a maintenance window was opened by ${field('officer')}`,
  request_refused: ({ field }) => `a request (${field('kind')}) was refused: ${field('code')}`,
  request_signed: ({ field }) => `${field('officer')} signed a request`,
};

/** One line; the type and the node alone for types that this version does not know. */
export function sentenceOf({ entry }: LogEntryView): string {
  const { type, node_id: node, epoch_id: epoch, data, revealed } = entry;
  const fields = { ...asObject(data), ...asObject(revealed) };
  const field = (name: string): string => textOf(fields[name]);
  const facts: Facts = {
    node: textOf(node),
    epoch: textOf(epoch),
    field,
    cause: causeOf(fields),
    reason: reasonOf(fields.reason_code),
  };
  const name = textOf(type);
  const make = Object.hasOwn(SENTENCES, name) ? SENTENCES[name] : undefined;
  if (make !== undefined) return make(facts);
  const about = typeof node === 'string' ? `${node}: ` : '';
  return `${about}${name.replaceAll('_', ' ')}${facts.cause}`;
}

const ACTORS: Readonly<Record<string, string>> = {
  socket: 'somebody at the socket',
  operator: 'somebody at the socket',
  key: 'the API key',
  certificate: 'the certificate',
  oidc: 'the person',
  officers: 'officers, request',
  node: 'the node',
  system: 'the controller',
};

function causeOf({ actor, actor_id: id, why }: Readonly<Record<string, unknown>>): string {
  const known = typeof actor === 'string' && Object.hasOwn(ACTORS, actor) ? ACTORS[actor] : undefined;
  const by = known === undefined ? '' : ` by ${known}${typeof id === 'string' ? ` ${id}` : ''}`;
  return `${by}${typeof why === 'string' ? ` (${why})` : ''}`;
}

function reasonOf(code: unknown): string {
  // A code of a later version has no sentence here.
  return (describeReasonCode(code as ReasonCode) as string | undefined) ?? textOf(code);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
