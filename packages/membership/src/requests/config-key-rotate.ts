// config_key.rotate: lets an operator take one step of a change of the key that signs configs.

import type { RequestRule } from './request-rule.ts';

export const configKeyRotate: RequestRule<'config_key.rotate'> = {
  // The newest list and who signs, so that a request for one change is not good for the next. Who has
  // confirmed it is left out: nodes change that themselves.
  stateFor: (_parameters, view) => {
    const { lists, overlap } = view.configKeys();
    return {
      kind: 'found',
      state: { list_made_at_ms: lists.at(-1)?.made_at_ms ?? 0, has_switched: overlap?.hasSwitched === true },
    };
  },
};
