// GET and POST /v1/policy, POST /v1/policy/check: on the administration socket.

import {
  type CommandContext,
  changePolicy,
  findAttestorsObjection,
  type MeshView,
  officersAuthorisePolicy,
  type PolicyRecord,
  policyHashOf,
  tryPolicy,
} from '@mesh/membership';
import { defined, formatRfc3339 } from '@mesh/primitives';
import {
  checkPolicyRequest,
  type PolicyChanged,
  type PolicyStatus,
  type PolicyTrial,
  type PolicyVersion,
  ProblemError,
  setPolicyRequest,
} from '@mesh/protocol';
import { diffPolicies, type Policy, weakens } from '@mesh/scoring';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { ControllerConfig } from '../../settings/config.ts';
import { examWarnings } from '../../settings/exam-warnings.ts';
import { readPolicyText } from '../../settings/read-policy-text.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface PolicyPorts {
  readonly config: ControllerConfig;
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
}

export interface SetPolicyPorts extends PolicyPorts {
  readonly judge: Judge;
}

export function policyRoute({ view }: PolicyPorts): Handler {
  return (context) => {
    const { active, pending } = view.policies();
    const status: PolicyStatus = {
      in_force: active === undefined ? null : versionOf(active),
      next: pending === undefined ? null : versionOf(pending),
    };
    return context.json(status);
  };
}

export function checkPolicyRoute(ports: PolicyPorts): Handler {
  return async (context) => {
    const { message } = await readMessage(context, checkPolicyRequest);
    const policy = readPolicyText(message.text, ports.config);
    const objection = findAttestorsObjection(ports.view, policy);
    if (objection !== undefined) throw new ProblemError(objection);
    return context.json(trialOf(ports, policy));
  };
}

export function setPolicyRoute(ports: SetPolicyPorts): Handler<AdminEnv> {
  const { config, judge } = ports;
  return async (context) => {
    const { message } = await readMessage(context, setPolicyRequest);
    const policy = readPolicyText(message.text, config);
    // What would change is computed before it changes.
    const trial = trialOf(ports, policy);
    const { reason: why, at_once: atOnce, replaces } = message;
    const asked = { policy, why, atOnce, actor: context.get('caller').actor, ...defined({ replaces }) };
    const events = await judge.run(changePolicy(asked, officersAuthorisePolicy));
    const changed = events.find((event) => event.type === 'policy_changed');
    if (changed === undefined) throw new Error('the policy was accepted without an event');
    const answer: PolicyChanged = { ...trial, version: changed.version, applies: changed.applies };
    return context.json(answer);
  };
}

function trialOf({ view, journal, config }: PolicyPorts, policy: Policy): PolicyTrial {
  const context = journal.context();
  return {
    sha256: policyHashOf(policy),
    differences: [...diffPolicies(context.policy, policy)],
    weaker: [...weakens(context.policy, policy)],
    warnings: examWarnings(view, policy, config),
    nodes: tryPolicy(view, context, policy).map(({ nodeId, now, wouldBe, effect, reasonCode, reason }) => ({
      node_id: nodeId,
      now,
      would_be: wouldBe,
      effect,
      reason_code: reasonCode,
      reason,
    })),
  };
}

function versionOf(record: PolicyRecord): PolicyVersion {
  const { version, hash, policy, configurationHash, why, changedAtMs, applied } = record;
  return {
    version,
    sha256: hash,
    policy: { ...policy },
    from: configurationHash === undefined ? 'operator' : 'configuration',
    reason: why,
    changed_at: formatRfc3339(changedAtMs),
    applied_at: applied === undefined ? null : formatRfc3339(applied.atMs),
  };
}
