// GET /v1/officers and GET /v1/requests, POST /v1/requests/draft: who has to sign, what waits for signatures,
// and what a new request has to hold. They change nothing.

import type { CommandContext, MeshView, OfficerSet, RequestRecord } from '@mesh/membership';
import { requestState } from '@mesh/membership';
import type { MeshId } from '@mesh/primitives';
import {
  type OfficerList,
  ProblemError,
  type RequestDraft,
  type RequestStatus,
  requestDraftQuery,
  requestSentence,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface OfficerPorts {
  readonly meshId: MeshId;
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
}

export function officersRoute({ meshId, view }: OfficerPorts): Handler<AdminEnv> {
  return (context) => {
    const set = view.officers();
    const answer: OfficerList = {
      mesh_id: meshId,
      required: set?.required ?? 0,
      officers: (set?.officers ?? []).map(({ name, publicKey }) => ({ name, public_key: publicKey })),
    };
    return context.json(answer);
  };
}

/** Those that are open: not spent, and not expired. */
export function requestsRoute({ view, journal }: OfficerPorts): Handler<AdminEnv> {
  return (context) => {
    const { nowMs } = journal.context();
    const open = [...view.officerRequests()].filter(
      ({ status, expiresAtMs }) => status !== 'carried_out' && nowMs < expiresAtMs,
    );
    return context.json({ requests: open.map((record) => requestStatusOf(record, view.officers())) });
  };
}

export function requestDraftRoute({ meshId, view, journal }: OfficerPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, requestDraftQuery);
    const state = requestState(message, view, journal.context());
    if (typeof state !== 'string') throw new ProblemError(state);
    const answer: RequestDraft = { mesh_id: meshId, state, required: view.officers()?.required ?? 0 };
    return context.json(answer);
  };
}

/** @param set the officers of the time at which the request was signed */
export function requestStatusOf(
  { request, status, signatures }: RequestRecord,
  set: OfficerSet | undefined,
): RequestStatus {
  if (status === 'dropped') throw new Error('a request that was dropped is in no view');
  const nameOf = (key: string) => set?.officers.find(({ publicKey }) => publicKey === key)?.name ?? key;
  return {
    request,
    status,
    signed_by: signatures.map(({ officer_key: key }) => nameOf(key)),
    sentence: requestSentence(request),
  };
}
