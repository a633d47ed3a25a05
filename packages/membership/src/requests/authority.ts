// Whether an operator may carry out a command that officers have to sign for where there are officers: with
// their request, once.

import { canonicalJson, type JsonValue } from '@mesh/primitives';
import type { RequestSubject } from '@mesh/protocol';
import { needsOfficers } from '../commands/needs-officers.ts';
import { type CommandContext, done, type Outcome } from '../commands/outcome.ts';
import type { Actor } from '../events/actor.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { requestState } from './request-rules.ts';

/**
 * Asks for the authority of a command. It is allowed where there are no officers; otherwise by a request of
 * this kind with these parameters that enough officers have signed, that has not expired, and that was made
 * for the state as it is.
 *
 * @returns events to be made with those of the command: they spend the request, or log the attempt
 */
export function authorityFor(
  subject: RequestSubject,
  actor: Actor,
  view: MeshView,
  context: CommandContext,
): Outcome {
  const set = view.officers();
  if (set === undefined) return done([]);
  const state = requestState(subject, view, context);
  const wanted = canonicalJson(subject.parameters as unknown as JsonValue);
  for (const { request, status, signatures, expiresAtMs } of view.officerRequests()) {
    const isAlive = status === 'authorised' && context.nowMs < expiresAtMs;
    const isMeant =
      request.kind === subject.kind && canonicalJson(request.parameters as unknown as JsonValue) === wanted;
    const officers = set.officers.filter(({ publicKey }) =>
      signatures.some(({ officer_key: key }) => key === publicKey),
    );
    // Other officers, or another number of signatures, may have been set since it was authorised.
    const isSigned = request.required === set.required && officers.length >= set.required;
    if (!isAlive || !isMeant || !isSigned || request.state !== state) continue;
    const { request_id: requestId, kind } = request;
    const names = officers.map(({ name }) => name);
    return done([{ type: 'request_carried_out', requestId, kind, officers: names }]);
  }
  return needsOfficers(subject, set, actor);
}
