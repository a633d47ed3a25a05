// A backup takes the whole database out of the controller, so the log names who asked for it.

import type { Actor } from '../events/actor.ts';
import { type Command, done } from './outcome.ts';

export const noteBackup =
  (actor: Actor): Command =>
  () =>
    done([{ type: 'backup_requested', actor }]);
