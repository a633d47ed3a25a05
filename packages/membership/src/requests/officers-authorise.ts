// What officers have to sign for among the commands of operators: a weaker policy, the end of the brake, a
// class that gives a node more, the steps of a change of the CA, of the config key or of the log's keys, and
// looser pair limits.

import type { AuthorisePolicy } from '../commands/change-policy.ts';
import type { AuthoriseBrakeEnd } from '../commands/end-brake.ts';
import type { AuthoriseLimits } from '../commands/limits-at-start.ts';
import { done } from '../commands/outcome.ts';
import type { AuthoriseCaStep } from '../commands/rotate-ca.ts';
import type { AuthoriseConfigKeyStep } from '../commands/rotate-config-key.ts';
import type { AuthoriseLogKeyStep } from '../commands/rotate-log-key.ts';
import type { AuthoriseClass } from '../commands/set-class.ts';
import { limitsDigest } from '../events/limits-event.ts';
import { authorityFor } from './authority.ts';
import { policyDigest } from './policy-replace.ts';

/** A policy that is nowhere weaker needs nobody's signature, and neither does the first one. */
export const officersAuthorisePolicy: AuthorisePolicy = ({ before, after, weaker, actor }, view, context) => {
  if (before === undefined || weaker.length === 0) return done([]);
  const parameters = { present: policyDigest(before.policy), proposed: policyDigest(after.policy) };
  return authorityFor({ kind: 'policy.replace', parameters }, actor, view, context);
};

export const officersAuthoriseBrakeEnd: AuthoriseBrakeEnd = ({ decision, forMs, actor }, view, context) => {
  const parameters = { decision, for_seconds: decision === 'release' ? forMs / 1000 : 0 };
  return authorityFor({ kind: 'brake.end', parameters }, actor, view, context);
};

export const officersAuthoriseClass: AuthoriseClass = ({ nodeId, class: to, actor }, view, context) =>
  authorityFor({ kind: 'node.reclass', parameters: { node_id: nodeId, class: to } }, actor, view, context);

export const officersAuthoriseCaStep: AuthoriseCaStep = ({ step, force, actor }, view, context) =>
  authorityFor({ kind: 'ca.rotate', parameters: { step, force } }, actor, view, context);

export const officersAuthoriseLimits: AuthoriseLimits = ({ before, after }, view, context) => {
  const parameters = { present: limitsDigest(before), proposed: limitsDigest(after) };
  return authorityFor({ kind: 'limits.replace', parameters }, { kind: 'system' }, view, context);
};

export const officersAuthoriseConfigKeyStep: AuthoriseConfigKeyStep = (
  { step, force, actor },
  view,
  context,
) => authorityFor({ kind: 'config_key.rotate', parameters: { step, force } }, actor, view, context);

export const officersAuthoriseLogKeyStep: AuthoriseLogKeyStep = ({ step, force, actor }, view, context) =>
  authorityFor({ kind: 'log_key.rotate', parameters: { step, force } }, actor, view, context);
