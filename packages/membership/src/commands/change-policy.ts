// A new policy: an operator sets it, or the configuration has another one than before. It waits for the next
// boundary. One that is nowhere weaker can apply at once, and denies at once then.

import type { EpochId, Sha256Hex } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { type Policy, weakens } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { policyHashOf } from '../events/policy-text.ts';
import { applyEvent } from '../state/apply-event.ts';
import { MeshDraft } from '../state/mesh-draft.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import { nextPolicyVersion, type PolicyRecord } from '../state/policies.ts';
import { decideOnNodes } from './decide-nodes.ts';
import { findAttestorsObjection } from './find-keys-objection.ts';
import { type Command, type CommandContext, done, type Outcome, refused } from './outcome.ts';

/** A change that somebody may have to allow. */
export interface PolicyChange {
  /** The policy in force; undefined before the first. */
  readonly before: PolicyRecord | undefined;
  readonly after: { readonly policy: Policy; readonly hash: Sha256Hex };
  /** What becomes weaker, in sentences; empty if nothing does. */
  readonly weaker: readonly string[];
  readonly actor: Actor;
}

/**
 * Says whether a change may be made. What it returns is recorded with the change: the events of a permission
 * that is spent, or those of a refusal.
 */
export type AuthorisePolicy = (change: PolicyChange, view: MeshView, context: CommandContext) => Outcome;

export interface NewPolicy {
  readonly policy: Policy;
  readonly why: string;
  readonly actor: Actor;
  /** Apply at once and not at the next boundary. */
  readonly atOnce: boolean;
  /** The newest version that the operator has seen. Where there is a newer one, nothing changes. */
  readonly replaces?: number;
}

/** An operator's policy. */
export function changePolicy(asked: NewPolicy, authorise: AuthorisePolicy): Command {
  return (view, context) => {
    const { active, pending } = view.policies();
    const hash = policyHashOf(asked.policy);
    const newest = pending ?? active;
    if (asked.replaces !== undefined && asked.replaces !== (newest?.version ?? 0))
      return refused(
        problem(
          'state_conflict',
          `version ${newest?.version ?? 0} is the newest policy, and not version ${asked.replaces}: look at what has changed, and try your policy again`,
        ),
      );
    if (newest?.hash === hash && !(asked.atOnce && newest === pending))
      return refused(
        problem(
          'state_conflict',
          `this is version ${newest.version}, which ${newest === pending ? 'waits for the next boundary' : 'is in force'} already: nothing was changed`,
        ),
      );
    return changeTo(asked, undefined, authorise)(view, context);
  };
}

/** The policy that a configuration asks for. */
export interface ConfiguredPolicy {
  readonly policy: Policy;
  /** SHA-256 of the policy as the configuration has it, before any default is filled in. */
  readonly configurationHash: Sha256Hex;
}

/**
 * Takes over the configuration's policy if it is another one than the configuration had when it was last
 * taken over; otherwise does nothing. So a policy that an operator set stays until the configuration changes.
 */
export function adoptConfigured(configured: ConfiguredPolicy, authorise: AuthorisePolicy): Command {
  const { policy, configurationHash } = configured;
  return (view, context) => {
    if (view.policies().configurationHash === configurationHash) return done([]);
    const asked: NewPolicy = {
      policy,
      why: 'the configuration has this policy',
      actor: { kind: 'system' },
      atOnce: false,
    };
    return changeTo(asked, configurationHash, authorise)(view, context);
  };
}

function changeTo(
  { policy, why, actor, atOnce }: NewPolicy,
  configurationHash: Sha256Hex | undefined,
  authorise: AuthorisePolicy,
): Command {
  return (view, context) => {
    const { active } = view.policies();
    const hash = policyHashOf(policy);
    const weaker = active === undefined ? [] : weakens(active.policy, policy);
    if (atOnce && weaker.length > 0)
      return refused(
        problem(
          'state_conflict',
          `only a policy that is nowhere weaker applies at once, and here ${weaker.join('; ')}: leave out --now, and it applies at the next boundary`,
        ),
      );
    const objection = findAttestorsObjection(view, policy);
    if (objection !== undefined) return refused(objection);
    const permission = authorise({ before: active, after: { policy, hash }, weaker, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    const version = nextPolicyVersion(view.policies());
    const changed: MeshEvent = {
      type: 'policy_changed',
      ...{ version, hash, policy, configurationHash, weaker, why, actor },
      applies: atOnce ? 'at_once' : 'next_boundary',
    };
    const events = [...permission.events, changed];
    return done(atOnce ? [...events, ...applyAtOnce(view, context, events, version)] : events);
  };
}

/** Puts the policy in force, and denies or limits the nodes that do not meet it. */
function applyAtOnce(
  view: MeshView,
  context: CommandContext,
  before: readonly MeshEvent[],
  version: number,
): MeshEvent[] {
  const draft = new MeshDraft(view);
  const applied = { type: 'policy_applied', version, epochId: lastEpochId(view) as EpochId } as const;
  for (const event of [...before, applied]) applyEvent(draft, event, context.nowMs, context.policy);
  const policy = draft.policies().active?.policy ?? context.policy;
  const admitted = [...draft.nodes()].filter(({ membership }) => membership === 'admitted');
  const { events } = decideOnNodes(admitted, draft, { ...context, policy }, applied.epochId);
  return [applied, ...events];
}

/** Puts the policy that waits in force, for an epoch that a freeze is about to open. */
export function applyPendingPolicy(epochId: EpochId): Command {
  return (view) => {
    const { pending } = view.policies();
    return done(pending === undefined ? [] : [{ type: 'policy_applied', version: pending.version, epochId }]);
  };
}
