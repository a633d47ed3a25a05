// What each operation can be refused with because of its door, its path, its body or its query.

import type { ProblemCode } from '../problems.ts';
import type { MemberOperation, Operation } from './operation.ts';

export type DoorName = 'nodes' | 'public' | 'administration';

const ALWAYS: readonly ProblemCode[] = ['invalid_request', 'internal', 'not_ready', 'rate_limited'];

const OF_DOOR: Readonly<Record<DoorName, readonly ProblemCode[]>> = {
  nodes: ['unauthenticated', 'node_unknown', 'node_revoked'],
  public: [],
  administration: ['unauthenticated', 'forbidden'],
};

/** The network door refuses forms by their media type, also where no body is read. */
const OF_POST: readonly ProblemCode[] = ['length_required', 'unsupported_media_type', 'storage_unavailable'];
const OF_BODY: readonly ProblemCode[] = ['malformed_json', 'invalid_message', 'body_too_large'];

/** Every code that the operation can be refused with, each once. */
export function problemsOf(door: DoorName, operation: Operation | MemberOperation): readonly ProblemCode[] {
  const isSigned = 'isSigned' in operation && operation.isSigned === true;
  return [
    ...new Set([
      ...ALWAYS,
      ...OF_DOOR[door],
      ...(operation.method === 'POST' ? OF_POST : []),
      ...(operation.body === undefined ? [] : OF_BODY),
      ...(operation.query === undefined ? [] : (['invalid_parameter'] as const)),
      ...pathProblems(door, operation.path),
      ...(isSigned ? (['mesh_mismatch', 'node_mismatch', 'bad_signature'] as const) : []),
      ...operation.problems,
    ]),
  ];
}

function pathProblems(door: DoorName, path: string): readonly ProblemCode[] {
  if (!path.includes(':')) return [];
  return door === 'nodes' ? ['node_mismatch'] : ['not_found'];
}
