// log_key.rotate: lets an operator take one step of a change of the keys that sign the log's heads.

import type { RequestRule } from './request-rule.ts';

export const logKeyRotate: RequestRule<'log_key.rotate'> = {
  // Who signs, so that a request for one change is not good for the next.
  stateFor: (_parameters, view) => {
    const { present, next } = view.logKeys();
    return {
      kind: 'found',
      state: { present: present?.publicKey ?? '', next: next?.publicKey ?? '' },
    };
  },
};
