// Tries a policy on the evidence that is there now, without changing anything: whom it would cut, admit or
// limit if a freeze used it at this moment.

import type { EpochId, NodeId } from '@mesh/primitives';
import { type Decision, describeReason, type Policy } from '@mesh/scoring';
import type { MeshView } from '../state/mesh-view.ts';
import { decideAtFreeze } from './decide-node.ts';
import { decideOnNodes } from './decide-nodes.ts';
import type { CommandContext } from './outcome.ts';

/**
 * What the other policy makes of a node that the present one treats differently; `none` if nothing. A node
 * that is `held` would be cut but for the brake.
 */
export type TrialEffect = 'cut' | 'held' | 'admitted' | 'limited' | 'unlimited' | 'none';

export interface TriedNode {
  readonly nodeId: NodeId;
  readonly now: Decision['standing'];
  readonly wouldBe: Decision['standing'];
  readonly effect: TrialEffect;
  /** Under the policy that is tried. */
  readonly reasonCode: string;
  readonly reason: string;
}

/**
 * Decides on every node by both policies. Results in a row were counted by the policies in force when they
 * arrived, and count as they are.
 */
export function tryPolicy(view: MeshView, context: CommandContext, policy: Policy): readonly TriedNode[] {
  const tried = { ...context, policy };
  const held = heldUnder(view, tried);
  return [...view.nodes()].map((node) => {
    const now = decideAtFreeze(node, context);
    const then = decideAtFreeze(node, tried);
    const effect = effectOf(now.standing, then.standing);
    // On probation a node is limited too.
    const probation = now.probation === undefined ? then.probation : undefined;
    const isPutOnProbation = effect === 'none' && then.allowed && probation !== undefined;
    const reason = isPutOnProbation ? probation : then.reason;
    return {
      nodeId: node.nodeId,
      now: now.standing,
      wouldBe: then.standing,
      effect: effect === 'cut' && held.has(node.nodeId) ? 'held' : isPutOnProbation ? 'limited' : effect,
      reasonCode: reason.code,
      reason: describeReason(reason),
    };
  });
}

/** Whom the brake would hold in. */
function heldUnder(view: MeshView, tried: CommandContext): ReadonlySet<NodeId> {
  const { events } = decideOnNodes(view.nodes(), view, tried, ANY_EPOCH);
  return new Set(events.flatMap((event) => (event.type === 'node_held' ? [event.nodeId] : [])));
}

/** Whom the brake holds does not depend on the epoch. */
const ANY_EPOCH = 1 as EpochId;

function effectOf(now: Decision['standing'], wouldBe: Decision['standing']): TrialEffect {
  if (now === wouldBe) return 'none';
  if (wouldBe === 'denied') return 'cut';
  if (now === 'denied') return 'admitted';
  return wouldBe === 'declining' ? 'limited' : 'unlimited';
}
