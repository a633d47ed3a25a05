// limits.replace: lets the controller take looser pair limits from its configuration, at one start.

import { problem } from '@mesh/protocol';
import { limitsDigest } from '../events/limits-event.ts';
import type { RequestRule } from './request-rule.ts';

export const limitsReplace: RequestRule<'limits.replace'> = {
  stateFor: ({ present }, view) => {
    const { limits } = view.controllerFacts();
    const limitsNow = limits === undefined ? undefined : limitsDigest(limits);
    if (present !== limitsNow)
      return {
        kind: 'none',
        problem: problem(
          'request_stale',
          `present: the pair limits in force are ${limitsNow ?? 'not recorded yet'}, not ${present}; make a new request for them`,
        ),
      };
    return { kind: 'found', state: { limits: limitsNow } };
  },
};
