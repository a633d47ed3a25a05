// The two ends of a rotation of the master key, and one that was made while no controller ran. Sealing again
// is the controller's own work.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { type Command, done, refused } from './outcome.ts';

export function startMasterKeyRotation(start: { readonly why: string; readonly actor: Actor }): Command {
  return (view) =>
    view.controllerFacts().isMasterKeyRotating
      ? refused(
          problem(
            'state_conflict',
            'another master key is on its way already: see meshctl master-key status',
          ),
        )
      : done([{ type: 'master_key_rotation_started', ...start }]);
}

/** Changes nothing if no rotation is under way. */
export const finishMasterKeyRotation: Command = (view) =>
  done(view.controllerFacts().isMasterKeyRotating ? [{ type: 'master_key_rotation_finished' }] : []);

/** Changes nothing if no rotation was made while no controller ran, or a start has recorded it. */
export const recordRotationAtRest: Command = (view) => {
  const { rotatedAtRestMs } = view.controllerFacts();
  return done(
    rotatedAtRestMs === undefined
      ? []
      : [{ type: 'master_key_rotated_at_rest', rotatedAtMs: rotatedAtRestMs, actor: { kind: 'system' } }],
  );
};
