// Officers and their requests, for tests of what they have to sign. Signatures are not real here: the caller
// of the command has checked them.

import { type MeshEvent, requestState, type Submission, submitRequest } from '@mesh/membership';
import { encodeBase64, formatRfc3339 } from '@mesh/primitives';
import type { OfficerRequest, RequestSubject } from '@mesh/protocol';
import { fakeKey, type Mesh, NOW } from './mesh.ts';

export const HOUR = 3_600_000;
export const SIGNATURE = encodeBase64(new Uint8Array(64));
export const officer = (name: string) => ({ name, publicKey: fakeKey(name) });

/** Sets the officers with these names. */
export function setOfficers(mesh: Mesh, names: readonly string[], required: number): void {
  mesh.apply({ type: 'officers_set', officers: names.map(officer), required, actor: { kind: 'system' } });
}

let made = 0;
/** A request for the state as it is now. */
export function requestFor(
  mesh: Mesh,
  subject: RequestSubject,
  over: Partial<OfficerRequest> = {},
): OfficerRequest {
  made += 1;
  const state = requestState(subject, mesh.state, mesh.context());
  return {
    mesh_id: mesh.state.meshId,
    request_id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    ...subject,
    state: typeof state === 'string' ? state : `sha256:${'00'.repeat(32)}`,
    required: mesh.state.officers()?.required ?? 1,
    not_before: formatRfc3339(NOW),
    expires_at: formatRfc3339(NOW + HOUR),
    reason: 'its host was taken over',
    ...over,
  } as OfficerRequest;
}

export const revocationOf = (nodeId: string): RequestSubject =>
  ({ kind: 'node.revoke', parameters: { node_id: nodeId } }) as RequestSubject;

export const replacementBy = (names: readonly string[], required: number): RequestSubject => ({
  kind: 'officers.replace',
  parameters: { officers: names.map((name) => ({ name, public_key: fakeKey(name) })), required },
});

export const signedBy = (
  request: OfficerRequest,
  names: readonly string[],
  over: Partial<Submission> = {},
): Submission => ({
  request,
  signatures: names.map((name) => ({ officer_key: fakeKey(name), signature: SIGNATURE })),
  unproven: [],
  actor: { kind: 'socket' },
  allAtOnce: false,
  ...over,
});

/** Submits the request with the signatures of these officers. */
export const submit = (mesh: Mesh, request: OfficerRequest, ...names: string[]) =>
  mesh.run(submitRequest(signedBy(request, names)));

export const typesOf = (events: readonly MeshEvent[]): string[] => events.map(({ type }) => type);
