// Moves a node to another class. Its scores are judged by that class's bar at once, which can deny it. A
// class that asks less, or gives more, needs more than one operator where the mesh has officers.

import type { NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { DEFAULT_CLASS } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
import { type ClassRules, gainsOfClass } from '../peering/class-differences.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { withDecision } from './decide-node.ts';
import { type EnrolmentRules, findClassObjection } from './enrolment-rules.ts';
import { type Command, type CommandContext, done, type Outcome, refused } from './outcome.ts';

export interface ClassChange {
  /** As the operator wrote it. */
  readonly nodeId: string;
  readonly class: string;
  readonly why: string;
  readonly actor: Actor;
}

/**
 * Says whether a node may get what its class does not give it. What it returns is recorded with the change.
 */
export type AuthoriseClass = (
  change: ClassChange & { readonly nodeId: NodeId },
  view: MeshView,
  context: CommandContext,
) => Outcome;

export function setClass(
  change: ClassChange,
  rules: ClassRules & EnrolmentRules,
  authorise: AuthoriseClass,
): Command {
  const { nodeId, class: to, why, actor } = change;
  return (view, context) => {
    const { policy } = context;
    const node = view.node(nodeId);
    if (node === undefined)
      return refused(problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`));
    if (node.status === 'revoked')
      return refused(problem('state_conflict', `node ${nodeId} is revoked, and nothing was changed`));
    if (to !== DEFAULT_CLASS && !policy.classes.some(({ name }) => name === to))
      return refused(
        problem(
          'invalid_message',
          `class: the policy has no class ${to}; name one of its classes, or add it`,
        ),
      );
    const from = node.class;
    if (from === to)
      return refused(problem('state_conflict', `node ${nodeId} is of class ${to}, and nothing was changed`));
    if (isClassRevoked(to, view))
      return refused(
        problem('state_conflict', `class ${to} is revoked and takes no nodes; nothing was changed`),
      );
    const gains = gainsOfClass(policy, rules, from, to);
    if (isClassRevoked(from, view)) gains.push(`class ${from} is revoked`);
    const full = findClassObjection(rules, view, to);
    if (full !== undefined) return refused(full);
    const permission =
      gains.length === 0 ? done([]) : authorise({ ...change, nodeId: node.nodeId }, view, context);
    if (permission.kind === 'refused') {
      const detail = `class ${to} gives node ${nodeId} more than ${from} (${gains.join('; ')}): ${permission.problem.detail}`;
      return { ...permission, problem: { ...permission.problem, detail } };
    }
    const changed = { type: 'node_class_changed', nodeId: node.nodeId, from, to, why, actor } as const;
    return done(withDecision(view, context, node.nodeId, [...permission.events, changed]));
  };
}
