// What becomes of admitted nodes that the policy denies: they are denied, or the brake holds them in for a
// while. Everything that can deny an admitted node comes through here.

import type { EpochId, NodeId } from '@mesh/primitives';
import { type BrakeSettings, brake, causesOf, type Reason, type RecentCut, shortfallOf } from '@mesh/scoring';
import type { HeldEvent } from '../events/brake-event.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';
import type { CommandContext } from './outcome.ts';

export interface DueDenial {
  /** As it is now, an event that leads to the denial included. */
  readonly node: NodeRecord;
  readonly reason: Reason;
  /** The suite of the newest result, if it is the node's first result of that suite. */
  readonly newSuiteVersion?: string | undefined;
}

/** Returns the events of the denials, the worst first, and those of the brake. */
export function denyOrHold(
  view: MeshView,
  context: CommandContext,
  epochId: EpochId,
  denials: readonly DueDenial[],
): MeshEvent[] {
  const settings = context.brake;
  if (settings === undefined)
    return denials.map(({ node, reason }) => denied(node.nodeId, epochId, reason, []));
  const newPolicyVersion = newPolicy(view, settings, context.nowMs);
  const inFlight = cutsInFlight(context, view, newPolicyVersion);
  const recent = [...inFlight, ...view.recentCuts()];
  // The view still has these as admitted. The brake counts each node once: as cut, or as admitted.
  const goingOut = new Set(inFlight.map(({ nodeId }) => nodeId));
  const engaged = new Set<string>();
  /** One alarm for a cause, with the first node that is held for it. */
  const engage = ({ cause, cut, cap, admitted }: HeldEvent): MeshEvent[] => {
    if (engaged.has(cause) || holdsFor(view, cause)) return [];
    engaged.add(cause);
    return [{ type: 'brake_engaged', cause, cut, cap, admitted, settings }];
  };
  const events: MeshEvent[] = [];
  const worstFirst = [...denials].sort((a, b) => shortfallOf(b.reason) - shortfallOf(a.reason));
  for (const { node, reason, newSuiteVersion } of worstFirst) {
    const { nodeId } = node;
    const causes = causesOf(reason, { newPolicyVersion, newSuiteVersion });
    if (causes.length > 0 && isHeld(node, context)) {
      // A hold that is in force already is recorded as it is.
      const held = node.hold === undefined ? context.inFlight?.holds.get(nodeId) : undefined;
      if (held !== undefined) events.push(...engage(held), held);
      continue;
    }
    if (goingOut.has(nodeId)) {
      // The cut is in force, so the brake has let it pass.
      events.push(denied(nodeId, epochId, reason, causes));
      continue;
    }
    const shortfall = shortfallOf(reason);
    const admitted = view.admittedCount() - goingOut.size;
    const verdict = brake(
      settings,
      { admitted, recent, nowMs: context.nowMs },
      // A hold that has just ended is not followed by another one, however long officers made it.
      { nodeId, causes, shortfall, heldSinceMs: node.hold === undefined ? node.heldSinceMs : context.nowMs },
    );
    if (verdict.kind === 'cut') {
      recent.push({ nodeId, atMs: context.nowMs, causes, shortfall });
      goingOut.add(nodeId);
      events.push(denied(nodeId, epochId, reason, causes));
      continue;
    }
    const { cause, cut, cap } = verdict;
    const untilMs = context.nowMs + settings.holdMs;
    const held: HeldEvent = {
      ...{ type: 'node_held', nodeId, epochId, reason, causes },
      ...{ cause, cut, cap, admitted, untilMs },
    };
    events.push(...engage(held), held);
  }
  return events;
}

/** Whether the brake holds the node in at this moment. */
export function isHeld(
  { nodeId, hold }: Pick<NodeRecord, 'nodeId' | 'hold'>,
  { nowMs, inFlight }: CommandContext,
): boolean {
  const untilMs = hold?.untilMs ?? inFlight?.holds.get(nodeId)?.untilMs;
  return untilMs !== undefined && nowMs < untilMs;
}

/** The event of a node that is held and that the policy does not deny any more. */
export function endOfHold({ nodeId, hold }: NodeRecord, epochId: EpochId): MeshEvent[] {
  return hold === undefined ? [] : [{ type: 'hold_ended', nodeId, epochId }];
}

function denied(nodeId: NodeId, epochId: EpochId, reason: Reason, causes: readonly string[]): MeshEvent {
  return { type: 'node_denied', nodeId, epochId, reason, ...(causes.length === 0 ? {} : { causes }) };
}

/** The policy in force, if it is so new that it is a suspect. The first policy of a mesh replaced none. */
function newPolicy(view: MeshView, { windowMs }: BrakeSettings, nowMs: number): number | undefined {
  const { active } = view.policies();
  if (active?.applied === undefined || active.version === 1) return undefined;
  return nowMs - active.applied.atMs < windowMs ? active.version : undefined;
}

function cutsInFlight(
  { inFlight, nowMs }: CommandContext,
  view: MeshView,
  newPolicyVersion: number | undefined,
): RecentCut[] {
  return [...(inFlight?.cuts ?? [])]
    .filter(([nodeId]) => view.node(nodeId)?.membership === 'admitted')
    .map(([nodeId, reason]) => ({
      nodeId,
      atMs: nowMs,
      causes: causesOf(reason, { newPolicyVersion }),
      shortfall: shortfallOf(reason),
    }));
}

function holdsFor(view: MeshView, cause: string): boolean {
  for (const { hold } of view.nodes()) if (hold?.cause === cause) return true;
  return false;
}
