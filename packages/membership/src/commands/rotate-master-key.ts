// The two ends of a rotation of the master key. Sealing again is the controller's own work between them.

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
