// Decides about all held nodes before their time: those that still do not meet the policy are cut now, or
// stay in without a limit until a time by which the policy or the suite is to be right again.

import type { EpochId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import type { NodeRecord } from '../state/records.ts';
import { decideAtOnce } from './decide-node.ts';
import { endOfHold, isHeld } from './deny-or-hold.ts';
import { type Command, type CommandContext, done, type Outcome, refused } from './outcome.ts';

/** How long officers may keep nodes in that the policy denies. */
const LONGEST_RELEASE_MS = 24 * 3_600_000;

export interface BrakeEnd {
  readonly decision: 'cut' | 'release';
  /** How long released nodes stay in at most; ignored for `cut`. */
  readonly forMs: number;
  readonly why: string;
  readonly actor: Actor;
}

/** Says whether the brake may be ended so. What it returns is recorded with the decision. */
export type AuthoriseBrakeEnd = (end: BrakeEnd, view: MeshView, context: CommandContext) => Outcome;

export function endBrake(end: BrakeEnd, authorise: AuthoriseBrakeEnd): Command {
  const { decision, forMs, why, actor } = end;
  return (view, context) => {
    const held = heldNodes(view, context);
    if (held.length === 0)
      return refused(problem('state_conflict', 'the brake holds no node: there is nothing to end'));
    if (decision === 'release' && forMs > LONGEST_RELEASE_MS)
      return refused(problem('invalid_message', 'for_seconds: a release lasts 24 h at most'));
    const permission = authorise(end, view, context);
    if (permission.kind === 'refused') return permission;
    const epochId = lastEpochId(view) as EpochId;
    const untilMs = context.nowMs + forMs;
    const each = held.flatMap((node): MeshEvent[] => {
      const { nodeId } = node;
      if (decision === 'release') return [{ type: 'hold_released', nodeId, epochId, untilMs }];
      const now = decideAtOnce(node, context);
      return now.allowed
        ? endOfHold(node, epochId)
        : [{ type: 'node_denied', nodeId, epochId, reason: now.reason }];
    });
    const ended: MeshEvent = { type: 'brake_ended', decision, held: held.length, why, actor };
    return done([...permission.events, ended, ...each]);
  };
}

/** The nodes that the brake holds in, as far as that is on disk. */
export function heldNodes(view: MeshView, context: CommandContext): readonly NodeRecord[] {
  return [...view.nodes()].filter((node) => node.hold !== undefined && isHeld(node, context));
}
