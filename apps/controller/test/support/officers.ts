// Officers with real keys, and the requests that they sign, for tests over the sockets of a controller.

import { createHash } from 'node:crypto';
import { ed25519PublicKey, encodeBase64, formatRfc3339 } from '@mesh/primitives';
import {
  type MaintenanceMessage,
  type OfficerRequest,
  type RequestSubject,
  type SignedRequest,
  signMessage,
} from '@mesh/protocol';
import type { RunningMesh } from './running-mesh.ts';

const seedOf = (name: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`officer ${name}`).digest());
export const keyOf = (name: string): string => encodeBase64(ed25519PublicKey(seedOf(name)));
export const entriesOf = (names: readonly string[]) =>
  names.map((name) => ({ name, public_key: keyOf(name) }));

export const revocationOf = (nodeId: string): RequestSubject =>
  ({ kind: 'node.revoke', parameters: { node_id: nodeId } }) as RequestSubject;

let made = 0;
/** A request for the state as it is now, good for an hour. */
export async function requestFor(
  { controller, clock }: RunningMesh,
  subject: RequestSubject,
  over: Partial<OfficerRequest> = {},
): Promise<OfficerRequest> {
  made += 1;
  const nowMs = Math.floor(clock.nowMs());
  return {
    request_id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    ...subject,
    ...(await controller.admin.requestDraft(subject)),
    not_before: formatRfc3339(nowMs),
    expires_at: formatRfc3339(nowMs + 3_600_000),
    reason: 'its host was taken over',
    ...over,
  } as OfficerRequest;
}

export function signedBy(request: OfficerRequest, ...names: string[]): SignedRequest {
  return {
    request,
    signatures: names.map((name) => ({
      officer_key: keyOf(name),
      signature: signMessage('officer_request', request, seedOf(name)).signature,
    })),
  };
}

/** Planned work that an officer has signed for. */
export const signedWork = (work: object, name: string): MaintenanceMessage =>
  signMessage('maintenance', work, seedOf(name)) as MaintenanceMessage;
