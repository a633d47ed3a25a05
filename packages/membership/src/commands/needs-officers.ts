// The refusal of what an operator tries alone, where officers have to sign. It leaves a log entry.

import { problem, type RequestSubject } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { OfficerSet } from '../state/records.ts';
import { type Outcome, refused } from './outcome.ts';

/** @param subject what the officers' request would be about */
export function needsOfficers(
  { kind, parameters }: RequestSubject,
  { officers, required }: OfficerSet,
  actor: Actor,
): Outcome {
  const fault = problem(
    'officers_required',
    `this takes the signatures of ${required} of ${officers.length} officers, and nothing was changed; begin with: meshctl request create ${kind} --parameters '${JSON.stringify(parameters)}' --reason TEXT --out FILE`,
  );
  const { code, detail } = fault;
  return refused(fault, [
    { type: 'request_refused', requestId: undefined, kind, code, detail, officers: [], actor },
  ]);
}
