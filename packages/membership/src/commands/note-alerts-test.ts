// A test of alerts runs the configured commands and calls the configured webhooks, so the log names who asked
// for it.

import type { Actor } from '../events/actor.ts';
import { type Command, done } from './outcome.ts';

export const noteAlertsTest =
  (receivers: readonly string[], actor: Actor): Command =>
  () =>
    done([{ type: 'alerts_tested', receivers, actor }]);
