// Takes a request with officers' signatures. It takes effect with the last signature that it needs; until
// then it is open, with those that it has. Whatever is refused changes nothing, and the log says who tried.

import { type Problem, problem } from '@mesh/protocol';
import { type Command, done, type Outcome, refused } from '../commands/outcome.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { Officer } from '../events/officer-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { OfficerSet } from '../state/records.ts';
import {
  type GuardedRequest,
  type RequestGuard,
  requestGuards,
  type SubmittedRequest,
} from './request-guards.ts';
import { ruleOf } from './request-rules.ts';

/** How many requests may be open that the same officer signed first. */
const MAX_OPEN_REQUESTS = 16;

export interface Submission extends SubmittedRequest {
  /** With fewer signatures than are needed, the request is refused, and none of them is kept. */
  readonly allAtOnce: boolean;
}

/**
 * @param guards what the request has to pass before its signatures count
 * @param isEnough whether so many signatures are as many as the set asks for
 */
export function submitRequest(
  submission: Submission,
  guards: readonly RequestGuard[] = Object.values(requestGuards),
  isEnough: (signatures: number, set: OfficerSet) => boolean = (signatures, { required }) =>
    signatures >= required,
): Command {
  return (view, context) => {
    const set = view.officers();
    if (set === undefined) return refusal(submission, [], noOfficers());
    const officers = officersOf(submission, set);
    const guarded: GuardedRequest = { submitted: submission, view, context, set };
    for (const find of guards) {
      const fault = find(guarded);
      if (fault !== undefined) return refusal(submission, officers, fault);
    }
    const signed = signedBy(view, submission, set);
    const fresh = officers.filter((officer) => !signed.includes(officer));
    const all = [...signed, ...fresh];
    const names = all.map(({ name }) => name);
    if (!isEnough(all.length, set))
      return keep(submission, { view, nowMs: context.nowMs, set, officers, fresh, names });
    const outcome = takeEffect(submission, names)(view, context);
    if (outcome.kind === 'refused') return refusal(submission, officers, outcome.problem);
    return done([...signatureEvents(submission, fresh), ...outcome.events]);
  };
}

interface Signers {
  readonly view: MeshView;
  readonly nowMs: number;
  readonly set: OfficerSet;
  /** Who has signed what was submitted. */
  readonly officers: readonly Officer[];
  /** Those among them who had not signed before. */
  readonly fresh: readonly Officer[];
  /** Of everybody who has signed. */
  readonly names: readonly string[];
}

/** Keeps the new signatures of a request that needs more. */
function keep(submission: Submission, { view, nowMs, set, officers, fresh, names }: Signers): Outcome {
  const { request, allAtOnce } = submission;
  const have = `${names.length} of ${set.required} signatures${names.length === 0 ? '' : ` (${names.join(', ')})`}`;
  if (allAtOnce || fresh.length === 0)
    return refusal(
      submission,
      officers,
      problem(
        'too_few_signatures',
        `${have}; ${fresh.length === 0 ? 'none is new: let' : 'let'} another officer sign: meshctl request sign FILE --key KEY`,
      ),
    );
  const [opener] = fresh;
  const isNew = view.officerRequest(request.request_id) === undefined;
  if (isNew && opener !== undefined && openRequestsOf(opener, view, nowMs) >= MAX_OPEN_REQUESTS)
    return refusal(
      submission,
      officers,
      problem(
        'too_many_requests',
        `${opener.name} has opened ${MAX_OPEN_REQUESTS} requests that wait for signatures; let them be signed, or wait until they expire (meshctl request list)`,
      ),
    );
  return done(signatureEvents(submission, fresh));
}

function takeEffect({ request }: Submission, officers: readonly string[]): Command {
  const { request_id: requestId, kind, parameters, reason: why } = request;
  const { carryOut } = ruleOf(kind);
  return (view, context) => {
    if (carryOut === undefined) return done([{ type: 'request_authorised', requestId, kind, officers }]);
    const cause = { why, actor: { kind: 'officers', id: requestId } } as const;
    const outcome = carryOut(parameters as never, cause)(view, context);
    if (outcome.kind === 'refused') return outcome;
    return done([{ type: 'request_carried_out', requestId, kind, officers }, ...outcome.events]);
  };
}

/** The officers whose valid signatures were submitted, each once. */
function officersOf({ signatures }: Submission, { officers }: OfficerSet): Officer[] {
  return officers.filter(({ publicKey }) => signatures.some(({ officer_key: key }) => key === publicKey));
}

/** Those who had signed before and still are officers, in the order in which they signed. */
function signedBy(view: MeshView, { request }: Submission, { officers }: OfficerSet): Officer[] {
  const before = view.officerRequest(request.request_id)?.signatures ?? [];
  return before
    .map(({ officer_key: key }) => officers.find(({ publicKey }) => publicKey === key))
    .filter((officer) => officer !== undefined);
}

/** Requests that have expired are forgotten only with the next signature, so they may still be there. */
function openRequestsOf({ publicKey }: Officer, view: MeshView, nowMs: number): number {
  return [...view.officerRequests()].filter(
    ({ status, signatures, expiresAtMs }) =>
      status !== 'carried_out' && nowMs < expiresAtMs && signatures[0]?.officer_key === publicKey,
  ).length;
}

function signatureEvents({ request, signatures, actor }: Submission, fresh: readonly Officer[]): MeshEvent[] {
  return fresh.flatMap((officer) => {
    const own = signatures.find(({ officer_key: key }) => key === officer.publicKey);
    if (own === undefined) return [];
    return [{ type: 'request_signed', officer, request, signature: own.signature, actor }];
  });
}

function refusal({ request, actor }: Submission, officers: readonly Officer[], fault: Problem): Outcome {
  return refused(fault, [
    {
      type: 'request_refused',
      requestId: request.request_id,
      kind: request.kind,
      code: fault.code,
      detail: fault.detail,
      officers: officers.map(({ name }) => name),
      actor,
    },
  ]);
}

function noOfficers(): Problem {
  return problem(
    'state_conflict',
    'this mesh has no officers, who could sign: write the first ones into `officers` in the configuration, and restart the controller',
  );
}
