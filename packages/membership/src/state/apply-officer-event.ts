// The fold over what officers sign: the officers themselves, requests, planned work, revoked classes.

import { parseRfc3339 } from '@mesh/primitives';
import type { OfficerEvent } from '../events/officer-event.ts';
import { InconsistentEventError } from './inconsistent-event-error.ts';
import type { MeshDraft } from './mesh-draft.ts';

/**
 * @param atMs when it happened, wall clock
 * @throws InconsistentEventError
 */
export function applyOfficerEvent(draft: MeshDraft, event: OfficerEvent, atMs: number): void {
  switch (event.type) {
    case 'officers_set':
      draft.put({ officers: { officers: event.officers, required: event.required } });
      return;
    case 'request_signed':
      applyRequestSigned(draft, event, atMs);
      return;
    case 'request_authorised':
    case 'request_carried_out': {
      const record = draft.officerRequest(event.requestId);
      if (record === undefined) throw new InconsistentEventError(event, 'there is no such request');
      const status = event.type === 'request_authorised' ? 'authorised' : 'carried_out';
      draft.putRequest({ ...record, status });
      return;
    }
    case 'request_refused':
      return;
    case 'maintenance_started':
      draft.putMaintenance({
        requestId: event.request.request_id,
        officer: event.officer.name,
        why: event.request.reason,
        startedAtMs: atMs,
        untilMs: event.untilMs,
      });
      return;
    case 'maintenance_ended': {
      const window = draft.maintenance();
      if (window?.requestId !== event.requestId)
        throw new InconsistentEventError(event, 'it is not the newest window');
      draft.putMaintenance({ ...window, untilMs: Math.min(window.untilMs, atMs) });
      return;
    }
    case 'class_revoked':
      draft.putClass({ name: event.class, revokedAtMs: atMs });
      return;
    case 'class_released':
      draft.putClass({ name: event.class, revokedAtMs: undefined });
      return;
    default:
      event satisfies never;
  }
}

/** Adds the signature, and forgets the requests that have expired unused. */
function applyRequestSigned(
  draft: MeshDraft,
  { request, officer, signature }: Extract<OfficerEvent, { type: 'request_signed' }>,
  atMs: number,
): void {
  for (const record of [...draft.officerRequests()])
    if (record.status !== 'carried_out' && record.expiresAtMs <= atMs)
      draft.putRequest({ ...record, status: 'dropped' });
  const before = draft.officerRequest(request.request_id);
  draft.putRequest({
    request,
    status: before?.status ?? 'pending',
    signatures: [...(before?.signatures ?? []), { officer_key: officer.publicKey, signature }],
    expiresAtMs: parseRfc3339(request.expires_at),
  });
}
