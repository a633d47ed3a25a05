// POST /v1/requests takes a request with some signatures; POST /v1/revocations takes the revocation of a node
// with all of them.

import { type MeshView, type OfficerSet, submitRequest } from '@mesh/membership';
import { ProblemError, problem, type SignedRequest, signedRequest } from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import { proveSignatures } from '../../trust/prove-signatures.ts';
import type { SignatureVerifier } from '../../trust/verify-signature.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';
import { requestStatusOf } from './officer-routes.ts';

export interface SubmitRequestPorts {
  readonly view: MeshView;
  readonly judge: Judge;
  readonly signatures: SignatureVerifier;
}

export function submitRequestRoute(ports: SubmitRequestPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, signedRequest);
    return submit(context, message, false, ports);
  };
}

export function revocationRoute(ports: SubmitRequestPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, signedRequest);
    if (message.request.kind !== 'node.revoke')
      throw new ProblemError(
        problem('invalid_message', `request.kind: ${message.request.kind} goes to /v1/requests`),
      );
    return submit(context, message, true, ports);
  };
}

const NO_OFFICERS: OfficerSet = { officers: [], required: 0 };

async function submit(
  context: Context<AdminEnv>,
  message: SignedRequest,
  allAtOnce: boolean,
  { view, judge, signatures }: SubmitRequestPorts,
): Promise<Response> {
  // Afterwards they may be others.
  const set = view.officers() ?? NO_OFFICERS;
  const { request } = message;
  const proven = await proveSignatures(message, set, signatures);
  await judge.run(submitRequest({ request, ...proven, actor: context.get('caller').actor, allAtOnce }));
  const record = view.officerRequest(request.request_id);
  if (record === undefined) throw new Error(`request ${request.request_id} has vanished`);
  return context.json(requestStatusOf(record, set));
}
