// What a request and its signatures must pass before they count. Each guard finds one fault. They are
// independent of each other, and are run in order.

import { canonicalJson, formatRfc3339, type JsonValue, parseRfc3339 } from '@mesh/primitives';
import { type OfficerRequest, type OfficerSignature, type Problem, problem } from '@mesh/protocol';
import type { CommandContext } from '../commands/outcome.ts';
import type { Actor } from '../events/actor.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { OfficerSet } from '../state/records.ts';
import { requestState } from './request-rules.ts';

/** A request as it was brought to the controller. */
export interface SubmittedRequest {
  readonly request: OfficerRequest;
  /** Those whose equation holds under the key that they name. The caller has checked this. */
  readonly signatures: readonly OfficerSignature[];
  /** The keys of signatures that do not hold, or that were not checked because no officer has them. */
  readonly unproven: readonly string[];
  /** Who brought it. */
  readonly actor: Actor;
}

export interface GuardedRequest {
  readonly submitted: SubmittedRequest;
  readonly view: MeshView;
  readonly context: CommandContext;
  readonly set: OfficerSet;
}

/** Says what is wrong; undefined if it finds nothing. */
export type RequestGuard = (guarded: GuardedRequest) => Problem | undefined;

/** The longest time from `not_before` to `expires_at`: 7 days. */
export const LONGEST_REQUEST_LIFE_MS = 7 * 24 * 3_600_000;

const isForThisMesh: RequestGuard = ({ submitted: { request }, view }) =>
  request.mesh_id === view.meshId
    ? undefined
    : problem('mesh_mismatch', `the request is for mesh ${request.mesh_id}, and this is ${view.meshId}`);

const signaturesHold: RequestGuard = ({ submitted: { unproven }, set }) => {
  const [key] = unproven;
  if (key === undefined) return undefined;
  const officer = set.officers.find(({ publicKey }) => publicKey === key);
  return officer === undefined
    ? problem(
        'officer_unknown',
        `${key} is no key of an officer of this mesh; list them with: meshctl officers list`,
      )
    : problem(
        'bad_signature',
        `the signature of ${officer.name} does not verify: the request was changed after it was signed, or signed with another key; sign it again`,
      );
};

const eachSignsOnce: RequestGuard = ({ submitted: { signatures }, set }) => {
  const keys = signatures.map(({ officer_key: key }) => key);
  const twice = keys.find((key, at) => keys.indexOf(key) < at);
  if (twice === undefined) return undefined;
  const name = set.officers.find(({ publicKey }) => publicKey === twice)?.name ?? twice;
  return problem('invalid_message', `signatures: ${name} has signed twice, and counts once; remove one`);
};

const isNotSpent: RequestGuard = ({ submitted: { request }, view }) => {
  const before = view.officerRequest(request.request_id);
  if (before === undefined) return undefined;
  if (before.status !== 'pending')
    return problem('request_replayed', `request ${request.request_id} has taken effect; make a new one`);
  const text = (one: OfficerRequest) => canonicalJson(one as unknown as JsonValue);
  if (text(before.request) !== text(request))
    return problem(
      'request_replayed',
      `request ${request.request_id} is open with another content; make a new one`,
    );
  return undefined;
};

const isAlive: RequestGuard = ({ submitted: { request }, context: { nowMs, policy } }) => {
  const fromMs = parseRfc3339(request.not_before);
  const untilMs = parseRfc3339(request.expires_at);
  if (nowMs >= untilMs)
    return problem(
      'request_expired',
      `the request was good until ${formatRfc3339(untilMs)}; make a new one and have it signed`,
    );
  if (untilMs - fromMs > LONGEST_REQUEST_LIFE_MS)
    return problem('invalid_message', 'expires_at: a request is good for 7 days at most; make a new one');
  if (fromMs - nowMs > policy.futureToleranceMs)
    return problem(
      'request_early',
      `the request is good from ${formatRfc3339(fromMs)} on; submit it then, or synchronise the clocks`,
    );
  return undefined;
};

const asksForEnough: RequestGuard = ({ submitted: { request }, set: { required } }) =>
  request.required === required
    ? undefined
    : problem(
        'request_stale',
        `the request was made for ${request.required} signatures, and ${required} are needed now; make a new one`,
      );

const isForThisState: RequestGuard = ({ submitted: { request }, view, context }) => {
  const state = requestState(request, view, context);
  if (typeof state !== 'string') return state;
  return state === request.state
    ? undefined
    : problem(
        'request_stale',
        'what the request is about has changed since it was made; look at it, and make a new one',
      );
};

export const requestGuards = {
  isForThisMesh,
  signaturesHold,
  eachSignsOnce,
  isNotSpent,
  isAlive,
  asksForEnough,
  isForThisState,
} as const satisfies Record<string, RequestGuard>;
