// The typed client of those without a certificate, over an injected `fetch`: health and enrolment.

import { answered, type ClientOptions, call } from './call.ts';
import {
  type EnrolmentChallengeRequest,
  type EnrolmentMessage,
  enrolmentAnswer,
  enrolmentChallenge,
} from './messages/enrolment.ts';
import { health } from './messages/epoch-status.ts';
import { openedItems } from './messages/exam-admin.ts';
import { pathOf } from './routes.ts';

/** Requests that anybody may make. */
export function createPublicClient(options: ClientOptions) {
  return {
    health: (signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('health'), signal }, health)),
    challenge: (body: EnrolmentChallengeRequest = {}, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('enrolmentChallenge'), body, signal },
          enrolmentChallenge,
        ),
      ),
    /** The retired items of a pool, with their proofs. @throws ExamIdError */
    openedItems: async (pool: string, signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('openedItems', pool), signal }, openedItems)),
    enrol: (body: EnrolmentMessage, signal?: AbortSignal) =>
      answered(call(options, { method: 'POST', path: pathOf('enrol'), body, signal }, enrolmentAnswer)),
  };
}
export type PublicClient = ReturnType<typeof createPublicClient>;
