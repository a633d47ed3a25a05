// The file of a request, as meshctl makes and reads it: the request, and the signatures that it has so far.

import type { OfficerRequest, RequestDraft, SignedRequest } from '@mesh/protocol';
import { model } from '../live/follow.ts';
import { askJson } from '../session/ask.ts';

export type RequestSubject = Pick<OfficerRequest, 'kind' | 'parameters'>;

/** What the controller takes in one body. */
const MAX_FILE_BYTES = 65_536;

/**
 * A new request, which nobody has signed, for the mesh as it is now.
 *
 * @throws AskError if the controller refuses the subject
 * @throws Error if there are no officers
 */
export async function newRequest(
  subject: RequestSubject,
  reason: string,
  lifeMs: number,
): Promise<OfficerRequest> {
  const draft = await askJson<RequestDraft>('/v1/admin/requests/draft', { method: 'POST', body: subject });
  if (draft.required === 0)
    throw new Error('this mesh has no officers: an operator does this alone, without a request');
  const nowMs = Math.floor(model.controllerNowMs(Date.now()));
  return {
    ...draft,
    ...subject,
    request_id: crypto.randomUUID(),
    not_before: new Date(nowMs).toISOString(),
    expires_at: new Date(nowMs + lifeMs).toISOString(),
    reason,
  } as OfficerRequest;
}

export const fileNameOf = ({ kind, request_id: id }: OfficerRequest): string =>
  `${kind}-${id.slice(0, 8)}.json`;

/** Without signatures: each officer adds a signature, and the controller has those that it was given. */
export const renderRequestFile = (request: OfficerRequest): string =>
  `${JSON.stringify({ request, signatures: [] }, null, 2)}\n`;

/**
 * Only the form that a person has to be shown is looked at: the controller checks the rest.
 *
 * @throws Error if the file holds something else
 */
export async function readRequestFile(file: File): Promise<SignedRequest> {
  const advice = 'choose a file that meshctl request sign has signed';
  if (file.size > MAX_FILE_BYTES) throw new Error(`${file.name} is no request, it is too large: ${advice}`);
  let body: unknown;
  try {
    body = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is no request, it is not JSON: ${advice}`);
  }
  const { request, signatures } = (body ?? {}) as Partial<SignedRequest>;
  if (typeof request?.kind !== 'string' || !Array.isArray(signatures))
    throw new Error(`${file.name} is no request, it has another form: ${advice}`);
  if (signatures.length === 0) throw new Error(`${file.name} has no signature yet: ${advice}`);
  return { request, signatures };
}
