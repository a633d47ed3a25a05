// Puts another CA in the place of the present one, in two steps with a time of overlap between them.

import type { NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { nameSome, nodesBehind } from './nodes-behind.ts';
import { type Command, type CommandContext, done, type Outcome, refused } from './outcome.ts';

/** One step of a rotation, as officers sign for it. */
export interface CaStep {
  readonly step: 'start' | 'finish';
  /** Whether nodes that are not ready may be cut off; false at the start. */
  readonly force: boolean;
  readonly why: string;
  readonly actor: Actor;
}

/** Says whether the step may be taken. What it returns is recorded with the step. */
export type AuthoriseCaStep = (step: CaStep, view: MeshView, context: CommandContext) => Outcome;

export interface CaStart {
  /** Of the present CA. */
  readonly pin: string;
  readonly next: { readonly pin: string; readonly certificatePem: string; readonly sealedKey: Uint8Array };
  readonly why: string;
  readonly actor: Actor;
}

export function startCaRotation({ pin, next, why, actor }: CaStart, authorise: AuthoriseCaStep): Command {
  return (view, context) => {
    if (view.ca().next !== undefined)
      return refused(
        problem(
          'state_conflict',
          'another CA is on its way already: end that rotation with meshctl ca finish',
        ),
      );
    const permission = authorise({ step: 'start', force: false, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    const { pin: nextPin, certificatePem, sealedKey } = next;
    return done([
      ...permission.events,
      { type: 'ca_rotation_started', pin, nextPin, certificatePem, sealedKey, why, actor },
    ]);
  };
}

/** Notes that a node has come with a certificate of the CA with this pin. */
export function noteCaTrust(nodeId: NodeId, pin: string): Command {
  return (view) => {
    const { next } = view.ca();
    const isNews = next?.pin === pin && !next.trustedBy.has(nodeId) && view.node(nodeId) !== undefined;
    return done(isNews ? [{ type: 'ca_trusted', nodeId, nextPin: pin }] : []);
  };
}

export interface CaFinish {
  readonly force: boolean;
  readonly why: string;
  readonly actor: Actor;
}

export function finishCaRotation({ force, why, actor }: CaFinish, authorise: AuthoriseCaStep): Command {
  return (view, context) => {
    const { pin, next } = view.ca();
    if (pin === undefined || next === undefined)
      return refused(problem('state_conflict', 'no other CA is on its way: begin with meshctl ca rotate'));
    const notReady = nodesNotReady(view, context.nowMs);
    if (notReady.length > 0 && !force) {
      return refused(
        problem(
          'state_conflict',
          `${nameSome(notReady)}: not ready for the next CA; wait until they have renewed their certificates (meshctl ca status), or cut them off with --force`,
        ),
      );
    }
    const permission = authorise({ step: 'finish', force, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    return done([
      ...permission.events,
      { type: 'ca_rotation_finished', pin, nextPin: next.pin, notReady, why, actor },
    ]);
  };
}

/**
 * The nodes that the end of the rotation would cut off: they have a certificate that is still good, and have
 * not come with one of the next CA. Empty if no rotation is under way.
 */
export function nodesNotReady(view: MeshView, nowMs: number): readonly NodeId[] {
  const { next } = view.ca();
  return next === undefined ? [] : nodesBehind(view, nowMs, next.trustedBy);
}
